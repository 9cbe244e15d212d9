-- Payments by method.
select
    payments.paid_dt as dt,
    coalesce(payments.method, 'unknown') as method,
    count(distinct payments.order_id) as orders,
    cast(sum(payments.amount) as decimal(18,4)) as amount,
    count(distinct orders.customer_id) as buyers
from {{ ref('dwd_payment') }} as payments
inner join {{ ref('dim_date') }} as days on payments.paid_dt = days.dt
left join {{ ref('dwd_order') }} as orders on payments.order_id = orders.order_id
where {{ in_days('payments.paid_dt') }}
group by payments.paid_dt, coalesce(payments.method, 'unknown')

-- Everything known of each customer: profile, default address, orders so far, segment.
{{ config(materialized='table') }}

with customers as (
    select
        customer_id,
        name,
        gender,
        birth_date,
        email,
        phone,
        registered_at,
        is_blocked
    from {{ ref('dwd_customer') }}
),

profiles as (
    select
        customer_id,
        is_pregnant,
        has_children,
        has_car,
        phone_brand,
        phone_count,
        phone_change_count,
        weight_kg,
        height_cm
    from {{ ref('dwd_customer_profile') }}
),

addresses as (
    select
        customer_id,
        address,
        province,
        country,
        recipient,
        row_number() over (
            partition by customer_id
            order by case when is_default then 0 else 1 end, address_id
        ) as place
    from {{ ref('dwd_address') }}
),

orders as (
    select
        customer_id,
        min(created_at) as first_order_at,
        max(created_at) as last_order_at,
        max(dt) as last_order_dt,
        count(*) as orders,
        sum(total_amount) as order_amount,
        sum(case when paid_at is not null then 1 else 0 end) as paid_orders,
        sum(case when paid_at is not null then total_amount else 0 end) as paid_amount,
        sum(case when cancelled_at is not null then 1 else 0 end) as cancelled_orders,
        sum(coalesce(refunded_amount, 0)) as refund_amount
    from {{ ref('dwd_order') }}
    where dt <= (select max(dt) from {{ ref('dim_date') }})
    group by customer_id
),

last_day as (
    select max(dt) as dt from {{ ref('dim_date') }}
),

persons as (
    select
        person_id,
        first_active_dt,
        last_active_dt,
        active_days
    from {{ ref('dws_person') }}
),

wide as (
    select
        customers.customer_id,
        customers.name,
        customers.gender,
        customers.birth_date,
        customers.email,
        customers.phone,
        customers.registered_at,
        customers.is_blocked,
        profiles.is_pregnant,
        profiles.has_children,
        profiles.has_car,
        profiles.phone_brand,
        profiles.phone_count,
        profiles.phone_change_count,
        profiles.weight_kg,
        profiles.height_cm,
        addresses.address,
        addresses.province,
        addresses.country,
        addresses.recipient,
        persons.first_active_dt,
        persons.last_active_dt,
        coalesce(persons.active_days, 0) as active_days,
        orders.first_order_at,
        orders.last_order_at,
        coalesce(orders.orders, 0) as orders,
        coalesce(orders.order_amount, 0) as order_amount,
        coalesce(orders.paid_orders, 0) as paid_orders,
        coalesce(orders.paid_amount, 0) as paid_amount,
        coalesce(orders.cancelled_orders, 0) as cancelled_orders,
        coalesce(orders.refund_amount, 0) as refund_amount,
        {{ days_between('orders.last_order_dt', 'last_day.dt') }} as recency_days
    from customers
    cross join last_day
    left join profiles on customers.customer_id = profiles.customer_id
    left join addresses on customers.customer_id = addresses.customer_id and addresses.place = 1
    left join orders on customers.customer_id = orders.customer_id
    left join persons on customers.customer_id = persons.person_id
)

select
    customer_id,
    name,
    gender,
    birth_date,
    email,
    phone,
    registered_at,
    is_blocked,
    is_pregnant,
    has_children,
    has_car,
    phone_brand,
    phone_count,
    phone_change_count,
    weight_kg,
    height_cm,
    address,
    province,
    country,
    recipient,
    first_active_dt,
    last_active_dt,
    cast(active_days as bigint) as active_days,
    first_order_at,
    last_order_at,
    cast(orders as bigint) as orders,
    cast(order_amount as decimal(18,4)) as order_amount,
    cast(paid_orders as bigint) as paid_orders,
    cast(paid_amount as decimal(18,4)) as paid_amount,
    cast(cancelled_orders as bigint) as cancelled_orders,
    cast(refund_amount as decimal(18,4)) as refund_amount,
    cast({{ ratio('order_amount', 'orders', 4) }} as decimal(18,4)) as average_order_value,
    cast(recency_days as bigint) as recency_days,
    {{ rfm_segment('recency_days', 'orders') }} as segment
from wide

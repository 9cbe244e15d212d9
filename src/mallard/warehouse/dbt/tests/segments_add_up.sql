-- Every customer with an order is in one segment, with all of the sales.
{{ config(tags=['identity']) }}

with segments as (
    select
        dt,
        sum(customers) as customers,
        sum(sales) as sales
    from {{ ref('app_customer_segments') }}
    group by dt
),

first_orders as (
    select
        dt,
        sum(new_buyers) over (order by dt) as customers
    from {{ ref('app_sales') }}
)

select segments.dt
from segments
inner join first_orders on segments.dt = first_orders.dt
where segments.customers <> first_orders.customers

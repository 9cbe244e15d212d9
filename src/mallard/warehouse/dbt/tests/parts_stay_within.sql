-- A part is never more than its whole.
{{ config(tags=['identity']) }}

select dt from {{ ref('app_repurchase') }} where repeat_buyers > buyers
union all
select dt from {{ ref('app_order_timing') }} where unpaid_orders > orders
union all
select dt from {{ ref('app_crashes') }} where crash_free_users > active_users
union all
select dt from {{ ref('app_cart') }} where abandoned_carts > added_users
union all
select dt from {{ ref('app_active_users') }} where dau > wau or wau > mau
union all
select dt from {{ ref('app_traffic') }} where bounced_sessions > sessions or visitors > sessions

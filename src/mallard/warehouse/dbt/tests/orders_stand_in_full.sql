-- Each order the shop has is in the accumulating snapshot, on the day it was created.
{{ config(tags=['identity']) }}

select coalesce(state.order_id, orders.order_id) as order_id
from {{ ref('dwd_order_state') }} as state
full outer join {{ ref('dwd_order') }} as orders
    on state.order_id = orders.order_id and state.created_dt = orders.dt
where state.order_id is null or orders.order_id is null

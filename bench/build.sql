-- The published tables by hand: what someone who knows DuckDB would write over the lake's Parquet for one run from
-- nothing. No refresh of days, no keys tested, no figures checked; rates are doubles. $timezone and $today are put in.

create table landed as
select
    dt, event_id, event_time, event_type, event_name, user_id, coalesce(anonymous_id, device_id) as anonymous_key,
    previous_id, device_id, platform, os_name, os_version, device_brand, device_model, network, app_version,
    screen_width || 'x' || screen_height as screen, page_url, page_path, page_title, referrer, utm_source,
    utm_medium, utm_campaign, product_id, order_id, source, received_at, time_source, is_bot, landed_seq, origin
from ods_event;

create table event as
with first_copy as (
    select * from landed where not is_bot
    qualify row_number() over (partition by event_id order by landed_seq, origin) = 1
),

link as (
    select anonymous_key, event_time, max_by(user_id, event_id) as user_id
    from (
        select anonymous_key, event_time, event_id, user_id from first_copy where user_id is not null
        union all
        select previous_id, event_time, event_id, user_id from first_copy
        where event_type = 'alias' and previous_id is not null and user_id is not null
    )
    where anonymous_key is not null
    group by all
),

followed as (
    select
        *,
        coalesce(anonymous_key, user_id) as stream,
        event_name <> 'Application Crashed' as active,
        max(case when active then event_time end) over (
            partition by stream order by event_time, event_id rows between unbounded preceding and 1 preceding
        ) as before
    from first_copy
),

headed as (
    select
        *,
        active and (before is null or event_time > before + interval 30 minute) as head,
        active or event_time <= before + interval 30 minute as inside
    from followed
),

placed as (
    select
        *,
        case when inside then last_value(case when head then event_id end ignore nulls) over stream_so_far end
            as session_id
    from headed
    window stream_so_far as (partition by stream order by event_time, event_id rows unbounded preceding)
),

known as (
    select placed.*, coalesce(placed.user_id, link.user_id) as linked_id
    from placed asof left join link
        on placed.anonymous_key = link.anonymous_key and placed.event_time >= link.event_time
),

session_user as (
    select session_id, min_by(user_id, (event_time, event_id)) as user_id from known
    where session_id is not null and user_id is not null and anonymous_key is not null
    group by session_id
)

select
    known.* exclude (before, head, inside, landed_seq, origin, is_bot),
    coalesce(linked_id, session_user.user_id) as person_user_id,
    coalesce(person_user_id, 'a:' || anonymous_key) as person_id
from known left join session_user using (session_id);

create table version_product as
select
    product_id, case when change <> 'delete' then name end as name,
    case when change <> 'delete' then category_id end as category_id,
    case when change <> 'delete' then brand end as brand,
    case when row_number() over (partition by product_id order by load_seq) = 1
        then timestamptz '1000-01-01 00:00:00+00' else coalesce(updated_at, loaded_at) end as valid_from
from ods_product;

create table version_category as
select
    category_id, case when change <> 'delete' then level1_name end as level1_name,
    case when change <> 'delete' then level2_name end as level2_name,
    case when change <> 'delete' then level3_name end as level3_name,
    case when row_number() over (partition by category_id order by load_seq) = 1
        then timestamptz '1000-01-01 00:00:00+00' else loaded_at end as valid_from
from ods_category;

create table payment as
select payment_id, order_id, amount, method, paid_at, (paid_at at time zone $timezone)::date as paid_dt, change
from ods_payment qualify row_number() over (partition by payment_id order by load_seq desc) = 1;
delete from payment where change = 'delete';

create table refund as
select refund_id, order_id, amount, (refunded_at at time zone $timezone)::date as refunded_dt, change
from ods_refund qualify row_number() over (partition by refund_id order by load_seq desc) = 1;
delete from refund where change = 'delete';

create table orders as
with latest as (
    select * from ods_orders qualify row_number() over (partition by order_id order by load_seq desc) = 1
),

shipped as (
    select order_id, shipped_at, delivered_at, change from ods_shipment
    qualify row_number() over (partition by order_id order by load_seq desc) = 1
)

select
    latest.order_id, customer_id, total_amount, province, latest.created_at, cancelled_at, shipped_at, delivered_at,
    coalesce(latest.paid_at, paid.paid_at) as paid_at, refunded.amount as refunded_amount,
    (latest.created_at at time zone $timezone)::date as dt,
    (coalesce(latest.paid_at, paid.paid_at) at time zone $timezone)::date as paid_dt,
    (cancelled_at at time zone $timezone)::date as cancelled_dt
from latest
left join shipped on latest.order_id = shipped.order_id and shipped.change <> 'delete'
left join (select order_id, min(paid_at) as paid_at from payment group by all) as paid on latest.order_id = paid.order_id
left join (select order_id, sum(amount) as amount from refund group by all) as refunded
    on latest.order_id = refunded.order_id
where latest.change <> 'delete';

create table day as
with ends as (
    select min(dt) as low, max(dt) as high
    from (
        select dt from event
        union all select dt from orders
        union all select paid_dt from orders
        union all select cancelled_dt from orders
        union all select refunded_dt from refund
    )
    where dt between date '2000-01-01' and $today
)

select dt::date as dt, (dt::date + 1)::timestamp at time zone $timezone as ends_at
from ends, unnest(generate_series(low, high, interval 1 day)) as days(dt);

create table item as
with latest as (
    select order_id, order_item_id, product_id, quantity, unit_price, change from ods_order_item
    qualify row_number() over (partition by order_id, order_item_id order by load_seq desc) = 1
),

sold as (
    select orders.dt, orders.customer_id, day.ends_at - interval 1 microsecond as ended, latest.*
    from latest join orders using (order_id) join day on orders.dt = day.dt where latest.change <> 'delete'
)

select
    sold.* exclude (change, ended), quantity * unit_price as sales,
    product.name as product_name, product.brand, product.category_id,
    category.level1_name, category.level2_name, category.level3_name
from sold
asof left join version_product as product
    on sold.product_id = product.product_id and sold.ended >= product.valid_from
asof left join version_category as category
    on product.category_id = category.category_id and sold.ended >= category.valid_from;

create table person_day as
with seen as (
    select
        dt, person_id, max(person_user_id) as user_id, count(*) filter (active) as events,
        count(*) filter (event_name in ('Application Opened', 'Application Installed', 'Application Updated')) as opens,
        min(event_time) filter (active) as first_active_at,
        max_by(device_id, (event_time, event_id)) filter (active and device_id is not null) as device_id,
        max_by(platform, (event_time, event_id)) filter (active and platform is not null) as platform,
        max_by(os_name, (event_time, event_id)) filter (active and os_name is not null) as os,
        max_by(os_version, (event_time, event_id)) filter (active and os_version is not null) as os_version,
        max_by(device_brand, (event_time, event_id)) filter (active and device_brand is not null) as brand,
        max_by(device_model, (event_time, event_id)) filter (active and device_model is not null) as model,
        max_by(network, (event_time, event_id)) filter (active and network is not null) as network,
        max_by(app_version, (event_time, event_id)) filter (active and app_version is not null) as app_version,
        max_by(screen, (event_time, event_id)) filter (active and screen is not null) as screen
    from event group by all
)

select
    *, lag(dt) over person as previous_dt, lead(dt) over person as next_dt, min(dt) over (partition by person_id) as first_dt
from seen where events > 0 window person as (partition by person_id order by dt);

create table session as
with placed as (
    select
        *,
        lower(regexp_extract(referrer, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/@?#]*@)?(?:[wW]{3}[.])?([^/:?#]+)', 1)) as host,
        lower(regexp_extract(page_url, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/@?#]*@)?(?:[wW]{3}[.])?([^/:?#]+)', 1)) as own,
        case when utm_source is not null or (host <> '' and host <> coalesce(own, '')) then (event_time, event_id) end as touch
    from event where active
)

select
    session_id, min(dt) as dt, max_by(person_id, (event_time, event_id)) as person_id,
    min(event_time) as started_at, max(event_time) as ended_at,
    count(*) filter (event_type in ('page', 'screen')) as page_views,
    count(*) filter (event_name = 'Product Viewed') as product_views, max(touch) is not null as touched,
    max_by({'source': utm_source, 'medium': utm_medium, 'campaign': utm_campaign, 'host': nullif(host, '')}, touch)
        filter (touch is not null) as last_touch
from placed group by session_id;

create table order_session as
with completed as (
    select order_id, min_by(session_id, (event_time, event_id)) as session_id
    from event where event_name = 'Order Completed' and order_id is not null group by order_id
),

under_way as (
    select order_id, max_by(session_id, (started_at, session_id)) as session_id
    from orders join session on customer_id = person_id
        and created_at between started_at and ended_at + interval 30 minute
    group by order_id
)

select order_id, coalesce(completed.session_id, under_way.session_id) as session_id
from orders left join completed using (order_id) left join under_way using (order_id)
where coalesce(completed.session_id, under_way.session_id) is not null;

create table new_day as select first_dt as dt, count(distinct person_id) as new_users from person_day group by all;

create table app_daily_users as
select
    day.dt, sum(coalesce(new_users, 0)) over (order by day.dt) as total_users, coalesce(daily_users, 0) as daily_users,
    coalesce(new_users, 0) as new_users, coalesce(daily_users, 0) - coalesce(new_users, 0) as returning_users
from day left join new_day using (dt)
left join (select dt, count(*) as daily_users from person_day group by all) as active using (dt);

create table period as
with starts as (
    select dt, period, start_dt,
        case when period in ('day', '7d', '30d') then start_dt - (dt - start_dt + 1)::int
            else date_trunc(period, start_dt - 1)::date end as previous_start
    from (
        select dt, period,
            case period when 'day' then dt when '7d' then dt - 6 when '30d' then dt - 29 else date_trunc(period, dt)::date end
                as start_dt
        from day, (values ('day'), ('week'), ('month'), ('quarter'), ('year'), ('7d'), ('30d')) as periods(period)
    )
)

select
    *, least(previous_start + (dt - start_dt)::int, start_dt - 1) as previous_end,
    case when period in ('week', '7d', '30d') then start_dt - 364 else (start_dt - interval 1 year)::date end as year_start,
    case when period in ('week', '7d', '30d') then dt - 364 else (dt - interval 1 year)::date end as year_end
from starts;

create table app_new_users as
with counted as (
    select
        period.dt, period.period, first_day,
        sum(new_users) filter (new_day.dt between start_dt and period.dt) as new_users,
        case when previous_start >= first_day then coalesce(sum(new_users) filter (new_day.dt between previous_start and previous_end), 0) end as previous_period,
        case when year_start >= first_day then coalesce(sum(new_users) filter (new_day.dt between year_start and year_end), 0) end as last_year
    from period cross join (select min(dt) as first_day from day) cross join new_day
    where period in ('day', 'week', 'month', 'quarter', 'year')
    group by period.dt, period.period, first_day, previous_start, year_start
)

select
    dt, period, coalesce(new_users, 0) as new_users, previous_period,
    round((coalesce(new_users, 0) - previous_period) / nullif(previous_period, 0), 6) as change_rate, last_year,
    round((coalesce(new_users, 0) - last_year) / nullif(last_year, 0), 6) as yoy_rate
from counted;

create table app_active_users as
with counted as (
    select
        day.dt, count(*) filter (person_day.dt = day.dt) as dau,
        count(distinct person_id) filter (person_day.dt > day.dt - 7) as wau, count(distinct person_id) as mau
    from day left join person_day on person_day.dt between day.dt - 29 and day.dt group by all
)

select
    dt, dau, lag(dau) over days as dau_previous_day,
    round(dau / nullif(lag(dau) over days, 0) - 1, 6) as day_over_day_rate, lag(dau, 7) over days as dau_same_day_last_week,
    round(dau / nullif(lag(dau, 7) over days, 0) - 1, 6) as week_over_week_rate, wau, mau, round(dau / nullif(mau, 0), 6) as stickiness
from counted window days as (order by dt);

create table app_churned_users as
with gone as (
    select dt + 7 as dt, count(*) as churned_users from person_day where next_dt is null or next_dt > dt + 7 group by all
),

back as (
    select dt, count(*) as reactivated_users from person_day where previous_dt <= dt - 8 group by all
)

select
    day.dt, coalesce(churned_users, 0) as churned_users, total_users - wau as inactive_users,
    coalesce(reactivated_users, 0) as reactivated_users
from day left join gone using (dt) left join back using (dt)
join app_daily_users using (dt) join app_active_users using (dt);

create table app_churned_user_list as
select day.dt, person_id, user_id, device_id, platform, last_active_dt, 7 as days_inactive
from (
    select
        person_id, user_id, platform, dt as last_active_dt, next_dt,
        last_value(device_id ignore nulls) over (partition by person_id order by dt) as device_id
    from person_day
) join day on day.dt = last_active_dt + 7 where next_dt is null or next_dt > day.dt;

create table app_open_count as
select
    day.dt, coalesce(sum(opens), 0) as opens, count(person_id) as users,
    round(sum(opens) / nullif(count(person_id), 0), 6) as opens_per_user
from day left join person_day on day.dt = person_day.dt and opens > 0 group by all;

create table app_open_distribution as
with counted as (
    select day.dt, bucket, count(person_id) as users
    from day cross join (values ('1'), ('2'), ('3+')) as buckets(bucket)
    left join person_day on day.dt = person_day.dt and opens > 0
        and bucket = case opens when 1 then '1' when 2 then '2' else '3+' end
    group by all
)

select
    dt, bucket, users, sum(users) over (partition by dt) as total_users,
    round(users / nullif(sum(users) over (partition by dt), 0), 6) as share
from counted;

create table app_audience as
with dimensions as (
    select
        dt, coalesce(platform, 'unknown') as platform, coalesce(os, 'unknown') as os,
        case platform when 'android' then coalesce(os_version, 'unknown') end as android_version,
        case platform when 'ios' then coalesce(os_version, 'unknown') end as ios_version,
        coalesce(brand, 'unknown') as brand, coalesce(model, 'unknown') as model, coalesce(network, 'unknown') as network,
        coalesce(app_version, 'unknown') as app_version, coalesce(screen, 'unknown') as screen
    from person_day
),

counted as (
    select dt, dimension, value, count(*) as users
    from (unpivot dimensions on columns(* exclude (dt)) into name dimension value value) group by all
)

select
    dt, dimension, value, users, sum(users) over (partition by dt, dimension) as total_users,
    round(users / sum(users) over (partition by dt, dimension), 6) as share
from counted;

create table app_crashes as
with persons as (
    select
        dt, person_id, coalesce(platform, 'unknown') as platform, coalesce(app_version, 'unknown') as app_version,
        count(*) filter (not active) as crashes, bool_or(active) as active
    from event group by all
),

levels as (
    select
        dt, person_id, coalesce(platform, 'all') as platform, coalesce(app_version, 'all') as app_version,
        sum(crashes) as crashes, bool_or(active) as active
    from persons
    group by grouping sets ((dt, person_id, platform, app_version), (dt, person_id, platform), (dt, person_id))
)

select
    dt, platform, app_version, sum(crashes) as crashes, count(*) filter (crashes > 0) as affected_users,
    count(*) filter (active) as active_users, count(*) filter (active and crashes = 0) as crash_free_users,
    round(count(*) filter (active and crashes = 0) / nullif(count(*) filter (active), 0), 6) as crash_free_user_rate
from levels group by all;

create table sales_day as
with created as (
    select dt, count(*) as orders, sum(total_amount) as gmv, count(distinct customer_id) as buyers from orders group by all
),

first_order as (
    select dt, count(*) as new_buyers from (select min(dt) as dt from orders where customer_id is not null group by customer_id) group by all
),

paid as (select paid_dt as dt, count(*) as paid_orders, sum(total_amount) as paid_gmv from orders group by all),
cancelled as (select cancelled_dt as dt, count(*) as cancelled_orders from orders group by all),
refunded as (select refunded_dt as dt, count(*) as refunds, sum(amount) as refund_amount from refund group by all),
lines as (select dt, sum(quantity) as units from item group by all)

select
    day.dt, coalesce(gmv, 0) as gmv, coalesce(paid_gmv, 0) as paid_gmv,
    coalesce(paid_gmv, 0) - coalesce(refund_amount, 0) as net_sales, coalesce(orders, 0) as orders,
    coalesce(paid_orders, 0) as paid_orders, coalesce(cancelled_orders, 0) as cancelled_orders, coalesce(units, 0) as units,
    coalesce(buyers, 0) as buyers, coalesce(new_buyers, 0) as new_buyers, round(gmv / orders, 4) as average_order_value,
    coalesce(refunds, 0) as refunds, coalesce(refund_amount, 0) as refund_amount
from day left join created using (dt) left join first_order using (dt) left join paid using (dt)
left join cancelled using (dt) left join refunded using (dt) left join lines using (dt);

create table app_sales as
select
    today.*,
    round((today.gmv - yesterday.gmv) / nullif(yesterday.gmv, 0), 6) as gmv_day_over_day,
    round((today.gmv - week.gmv) / nullif(week.gmv, 0), 6) as gmv_week_over_week,
    round((today.gmv - year.gmv) / nullif(year.gmv, 0), 6) as gmv_year_over_year,
    round((today.paid_gmv - yesterday.paid_gmv) / nullif(yesterday.paid_gmv, 0), 6) as paid_gmv_day_over_day,
    round((today.paid_gmv - week.paid_gmv) / nullif(week.paid_gmv, 0), 6) as paid_gmv_week_over_week,
    round((today.paid_gmv - year.paid_gmv) / nullif(year.paid_gmv, 0), 6) as paid_gmv_year_over_year,
    round((today.net_sales - yesterday.net_sales) / nullif(yesterday.net_sales, 0), 6) as net_sales_day_over_day,
    round((today.net_sales - week.net_sales) / nullif(week.net_sales, 0), 6) as net_sales_week_over_week,
    round((today.net_sales - year.net_sales) / nullif(year.net_sales, 0), 6) as net_sales_year_over_year,
    round((today.average_order_value - yesterday.average_order_value) / nullif(yesterday.average_order_value, 0), 6) as average_order_value_day_over_day,
    round((today.average_order_value - week.average_order_value) / nullif(week.average_order_value, 0), 6) as average_order_value_week_over_week,
    round((today.average_order_value - year.average_order_value) / nullif(year.average_order_value, 0), 6) as average_order_value_year_over_year,
    round((today.orders - yesterday.orders) / nullif(yesterday.orders, 0), 6) as orders_day_over_day,
    round((today.orders - week.orders) / nullif(week.orders, 0), 6) as orders_week_over_week,
    round((today.orders - year.orders) / nullif(year.orders, 0), 6) as orders_year_over_year,
    round((today.paid_orders - yesterday.paid_orders) / nullif(yesterday.paid_orders, 0), 6) as paid_orders_day_over_day,
    round((today.paid_orders - week.paid_orders) / nullif(week.paid_orders, 0), 6) as paid_orders_week_over_week,
    round((today.paid_orders - year.paid_orders) / nullif(year.paid_orders, 0), 6) as paid_orders_year_over_year,
    round((today.units - yesterday.units) / nullif(yesterday.units, 0), 6) as units_day_over_day,
    round((today.units - week.units) / nullif(week.units, 0), 6) as units_week_over_week,
    round((today.units - year.units) / nullif(year.units, 0), 6) as units_year_over_year,
    round((today.buyers - yesterday.buyers) / nullif(yesterday.buyers, 0), 6) as buyers_day_over_day,
    round((today.buyers - week.buyers) / nullif(week.buyers, 0), 6) as buyers_week_over_week,
    round((today.buyers - year.buyers) / nullif(year.buyers, 0), 6) as buyers_year_over_year
from sales_day as today
left join sales_day as yesterday on yesterday.dt = today.dt - 1
left join sales_day as week on week.dt = today.dt - 7
left join sales_day as year on year.dt = (today.dt - interval 1 year)::date;

create table app_sales_period as
with summed as (
    select
        period.dt, period.period,
        sum(gmv) filter (sales_day.dt between start_dt and period.dt) as gmv,
        sum(paid_gmv) filter (sales_day.dt between start_dt and period.dt) as paid_gmv,
        sum(net_sales) filter (sales_day.dt between start_dt and period.dt) as net_sales,
        sum(orders) filter (sales_day.dt between start_dt and period.dt) as orders,
        case when previous_start >= first_day then coalesce(sum(gmv) filter (sales_day.dt between previous_start and previous_end), 0) end as previous_gmv,
        case when year_start >= first_day then coalesce(sum(gmv) filter (sales_day.dt between year_start and year_end), 0) end as last_year_gmv
    from period cross join (select min(dt) as first_day from day) cross join sales_day where period <> 'day'
    group by period.dt, period.period, first_day, previous_start, year_start
),

buyers as (
    select period.dt, period.period, count(distinct customer_id) as buyers
    from period join (select distinct dt, customer_id from orders) as buying on buying.dt between start_dt and period.dt
    where period <> 'day' group by all
)

select
    summed.* exclude (previous_gmv, last_year_gmv), coalesce(buyers, 0) as buyers, previous_gmv,
    round((gmv - previous_gmv) / nullif(previous_gmv, 0), 6) as change_rate, last_year_gmv,
    round((gmv - last_year_gmv) / nullif(last_year_gmv, 0), 6) as yoy_rate
from summed left join buyers using (dt, period);

create table app_product_sales as
select
    dt, product_id, max(product_name) as product_name, max(level1_name) as level1_name, max(level2_name) as level2_name,
    max(level3_name) as level3_name, max(brand) as brand, count(distinct order_id) as orders, sum(quantity) as units, sum(sales) as sales
from item group by dt, product_id;

create table app_top_products as
with summed as (
    select
        day.dt, day.ends_at - interval 1 microsecond as ended, window_days, product_id, sum(orders) as orders, sum(units) as units, sum(sales) as sales
    from day cross join (values (1), (7), (30)) as windows(window_days)
    join app_product_sales as sold on sold.dt > day.dt - window_days and sold.dt <= day.dt group by all
),

ranked as (
    select *, row_number() over (partition by dt, window_days order by sales desc, product_id) as rank
    from summed qualify rank <= 10
)

select ranked.* exclude (ended), product.name as product_name, category.level3_name as category
from ranked
asof left join version_product as product on ranked.product_id = product.product_id and ranked.ended >= product.valid_from
asof left join version_category as category on product.category_id = category.category_id and ranked.ended >= category.valid_from;

create table app_top_categories as
with by_day as (
    select dt, coalesce(category_id, 'unknown') as category_id, count(distinct order_id) as orders, sum(quantity) as units, sum(sales) as sales
    from item group by all
),

summed as (
    select day.dt, day.ends_at - interval 1 microsecond as ended, window_days, category_id, sum(orders) as orders, sum(units) as units, sum(sales) as sales
    from day cross join (values (1), (7), (30)) as windows(window_days)
    join by_day on by_day.dt > day.dt - window_days and by_day.dt <= day.dt group by all
),

ranked as (
    select *, row_number() over (partition by dt, window_days order by sales desc, category_id) as rank
    from summed qualify rank <= 10
)

select ranked.* exclude (ended), coalesce(category.level3_name, 'unknown') as category
from ranked asof left join version_category as category
    on ranked.category_id = category.category_id and ranked.ended >= category.valid_from;

create table funnel as
with visit as (
    select 'person' as unit, dt, person_id as id, first_active_at as visit_at, first_active_at + interval 24 hour as until
    from person_day
    union all
    select 'session', dt, session_id, started_at, timestamptz '9999-12-31' from session
),

moment as (
    select
        person_id, session_id, event_time as moment_at,
        case event_name when 'Product Viewed' then 2 when 'Product Added' then 3 else 4 end as step
    from event where event_name in ('Product Viewed', 'Product Added', 'Checkout Started')
    union all
    select customer_id, session_id, created_at, 5 from orders left join order_session using (order_id)
    union all
    select person_id, session_id, event_time, 5 from event
    where event_name = 'Order Completed' and order_id is not null and order_id not in (select order_id from orders)
    qualify row_number() over (partition by order_id order by event_time, event_id) = 1
    union all
    select customer_id, case when paid_at <= ended_at + interval 30 minute then session_id end, paid_at, 6
    from orders left join order_session using (order_id) left join session using (session_id) where paid_at is not null
),

by_unit as (
    select 'person' as unit, person_id as id, step, moment_at from moment where person_id is not null
    union all
    select 'session', session_id, step, moment_at from moment where session_id is not null
),

view as (
    select visit.*, min(moment_at) as view_at from visit left join by_unit
        on visit.unit = by_unit.unit and visit.id = by_unit.id and step = 2 and moment_at between visit_at and until group by all
),

cart as (
    select view.*, min(moment_at) as cart_at from view left join by_unit
        on view.unit = by_unit.unit and view.id = by_unit.id and step = 3 and moment_at between view_at and until group by all
),

checkout as (
    select cart.*, min(moment_at) as checkout_at from cart left join by_unit
        on cart.unit = by_unit.unit and cart.id = by_unit.id and step = 4 and moment_at between cart_at and until group by all
),

ordered as (
    select checkout.*, min(moment_at) as order_at from checkout left join by_unit
        on checkout.unit = by_unit.unit and checkout.id = by_unit.id and step = 5 and moment_at between checkout_at and until group by all
)

select ordered.* exclude (until), min(moment_at) as pay_at from ordered left join by_unit
    on ordered.unit = by_unit.unit and ordered.id = by_unit.id and step = 6 and moment_at between order_at and until group by all;

create table app_conversion as
with counted as (
    select
        day.dt, units.unit, [count(visit_at), count(view_at), count(cart_at), count(checkout_at), count(order_at), count(pay_at)] as reached,
        [null, median(epoch_us(view_at) - epoch_us(visit_at)), median(epoch_us(cart_at) - epoch_us(view_at)),
            median(epoch_us(checkout_at) - epoch_us(cart_at)), median(epoch_us(order_at) - epoch_us(checkout_at)),
            median(epoch_us(pay_at) - epoch_us(order_at))] as waits
    from day cross join (values ('person'), ('session')) as units(unit) left join funnel on day.dt = funnel.dt and units.unit = funnel.unit
    group by all
)

select
    dt, unit, ['visit', 'view', 'cart', 'checkout', 'order', 'pay'][n] as step, n as step_number, reached[n] as reached,
    round(reached[n] / nullif(reached[n - 1], 0), 6) as step_rate, round(reached[n] / nullif(reached[1], 0), 6) as overall_rate,
    round(waits[n] / 1000000, 3) as median_seconds_from_previous
from counted, range(1, 7) as steps(n);

create table app_retention as
with person as (select person_id, min(dt) as first_dt from person_day group by all),

active as (
    select 'day' as period, first_dt as cohort_dt, dt - first_dt as period_number, count(*) as retained from person_day group by all
    union all
    select 'week', date_trunc('week', first_dt)::date, (date_trunc('week', dt)::date - date_trunc('week', first_dt)::date) // 7, count(distinct person_id)
    from person_day group by all
    union all
    select 'month', date_trunc('month', first_dt)::date, date_diff('month', first_dt, dt), count(distinct person_id) from person_day group by all
),

cohort as (
    select period, case period when 'day' then first_dt else date_trunc(period, first_dt)::date end as cohort_dt, count(*) as cohort_size
    from person, (values ('day'), ('week'), ('month')) as periods(period) group by all
),

complete as (
    select
        *, case period when 'day' then cohort_dt + n::int when 'week' then cohort_dt + n::int * 7 + 6
            else (cohort_dt + to_months(n::int + 1))::date - 1 end as ends_dt
    from cohort, range(31) as numbers(n)
    where case period when 'day' then n <= 7 or n in (14, 30) else n <= 12 end
)

select complete.period, complete.cohort_dt, n as period_number, cohort_size, coalesce(retained, 0) as retained, round(coalesce(retained, 0) / cohort_size, 6) as rate
from complete left join active on complete.period = active.period and complete.cohort_dt = active.cohort_dt and n = period_number
where ends_dt <= (select least(max(dt), $today - 1) from day);

create table app_repurchase as
with bought as (
    select distinct dt, order_id, customer_id, category
    from (
        select dt, order_id, customer_id, 'all' as category from orders
        union all
        select dt, order_id, customer_id, coalesce(level1_name, 'unknown') from item
    ) where customer_id is not null
),

counted as (
    select day.dt, window_days, category, customer_id, count(*) as orders
    from day cross join (values (7), (30), (90)) as windows(window_days)
    join bought on bought.dt > day.dt - window_days and bought.dt <= day.dt group by all
)

select
    dt, window_days, category, count(*) as buyers, count(*) filter (orders >= 2) as repeat_buyers, round(count(*) filter (orders >= 2) / count(*), 6) as rate
from counted group by all;

create table app_customer_segments as
with standing as (
    select
        customer_id, dt, sum(count(*)) over customer as orders, sum(sum(total_amount)) over customer as amount,
        lead(dt) over customer as next_dt
    from orders where customer_id is not null group by customer_id, dt window customer as (partition by customer_id order by dt)
)

select
    day.dt, segment, count(customer_id) as customers, coalesce(sum(amount), 0) as sales
from day cross join (
    values ('champions'), ('loyal'), ('new'), ('promising'), ('at_risk'), ('hibernating'), ('lost')
) as segments(segment)
left join standing on day.dt >= standing.dt and (next_dt is null or day.dt < next_dt)
    and segment = case
        when day.dt - standing.dt > 120 then 'lost'
        when day.dt - standing.dt > 60 then if(orders >= 2, 'at_risk', 'hibernating')
        when orders = 1 then if(day.dt - standing.dt > 30, 'promising', 'new')
        when orders >= 4 and day.dt - standing.dt <= 30 then 'champions'
        else 'loyal'
    end
group by all;

create table app_traffic as
with placed as (
    select session_id, count(*) as orders, sum(total_amount) as sales from order_session join orders using (order_id) group by all
),

labelled as (
    select
        *, lower(last_touch.medium) as medium_word, '.' || last_touch.host || '.' as dotted,
        case
            when not touched then 'direct'
            when last_touch.source is not null then
                case
                    when medium_word in ('cpc', 'ppc', 'paid', 'paidsearch', 'paid_search') then 'paid_search'
                    when medium_word in ('social', 'paid_social', 'sm') then 'social'
                    when medium_word in ('display', 'banner', 'cpm') then 'display'
                    when medium_word in ('email', 'affiliate', 'referral') then medium_word
                    when medium_word = 'organic' then 'organic_search'
                    else 'other'
                end
            when regexp_matches(dotted, '\.(google|bing|baidu|yahoo|duckduckgo|sogou|yandex)\.') then 'organic_search'
            when last_touch.host in ('t.co', 'x.com')
                or regexp_matches(dotted, '\.(facebook|instagram|twitter|weibo|tiktok|youtube|pinterest|linkedin)\.') then 'social'
            else 'referral'
        end as channel
    from session
)

select
    dt, channel, case when touched then coalesce(last_touch.source, last_touch.host) else 'direct' end as source,
    coalesce(last_touch.medium, '(none)') as medium, coalesce(last_touch.campaign, '(none)') as campaign,
    count(distinct person_id) as visitors, count(*) as sessions, sum(page_views) as page_views,
    count(*) filter (page_views + product_views <= 1) as bounced_sessions,
    round(count(*) filter (page_views + product_views <= 1) / count(*), 6) as bounce_rate,
    round(avg(epoch_us(ended_at) - epoch_us(started_at)) / 1000000, 3) as average_duration_seconds,
    coalesce(sum(orders), 0) as orders, coalesce(sum(sales), 0) as sales
from labelled left join placed using (session_id) group by all;

create table app_page_path as
with called as (
    select session_id, event_time, event_id, coalesce(if(event_type = 'page', page_path, page_title), '(unknown)') as page
    from event where active and event_type in ('page', 'screen')
),

moved as (
    select * from called qualify page is distinct from lag(page) over (partition by session_id order by event_time, event_id)
),

stepped as (
    select
        session_id, page, row_number() over moves as step, coalesce(lag(page) over moves, '(entrance)') as page_before,
        lead(page) over moves as page_after
    from moved window moves as (partition by session_id order by event_time, event_id)
)

select session.dt, step, from_page, to_page, count(*) as sessions
from (
    select session_id, step, page_before as from_page, page as to_page from stepped
    union all
    select session_id, step + 1, page, '(exit)' from stepped where page_after is null
) join session using (session_id) where step <= 6 group by all;

create table app_cart as
with added as (
    select dt, person_id, coalesce(product_id, 'all') as product_id, max(event_time) as added_at
    from event where event_name = 'Product Added' group by grouping sets ((dt, person_id, product_id), (dt, person_id))
),

judged as (
    select
        added.*, exists (
            select 1 from orders where customer_id = person_id and created_at between added_at and added_at + interval 24 hour
        ) as bought
    from added
)

select
    dt, product_id, count(*) as added_users, count(*) filter (not bought) as abandoned_carts,
    round(count(*) filter (not bought) / count(*), 6) as abandonment_rate
from judged group by all;

create table app_order_timing as
select
    day.dt, count(order_id) as orders, count(order_id) filter (paid_at is null) as unpaid_orders,
    round(count(order_id) filter (paid_at is null) / nullif(count(order_id), 0), 6) as unpaid_rate,
    round(median(epoch_us(paid_at) - epoch_us(created_at)) / 1000000, 3) as median_seconds_to_pay,
    round(avg(epoch_us(paid_at) - epoch_us(created_at)) / 1000000, 3) as mean_seconds_to_pay,
    round(median(epoch_us(shipped_at) - epoch_us(paid_at)) / 1000000, 3) as median_seconds_to_ship,
    round(avg(epoch_us(shipped_at) - epoch_us(paid_at)) / 1000000, 3) as mean_seconds_to_ship,
    round(median(epoch_us(delivered_at) - epoch_us(shipped_at)) / 1000000, 3) as median_seconds_to_deliver,
    round(avg(epoch_us(delivered_at) - epoch_us(shipped_at)) / 1000000, 3) as mean_seconds_to_deliver
from day left join orders using (dt) group by all;

create table app_payment_methods as
select
    payment.paid_dt as dt, coalesce(method, 'unknown') as method, count(distinct payment.order_id) as orders,
    sum(amount) as amount, count(distinct customer_id) as buyers
from payment join day on payment.paid_dt = day.dt left join orders using (order_id) group by all;

create table app_regions as
select dt, coalesce(province, 'unknown') as province, count(*) as orders, sum(total_amount) as amount, count(distinct customer_id) as buyers
from orders join day using (dt) group by all;

create table app_coupons as
with used as (
    select order_id, coalesce(coupon_id, 'unknown') as coupon_id, amount, change from ods_coupon_use
    qualify row_number() over (partition by order_id, coupon_id order by load_seq desc) = 1
),

others as (
    select dt, round(sum(total_amount) / count(*), 4) as average from orders
    where order_id not in (select order_id from used where change <> 'delete') group by all
)

select
    dt, coupon_id, count(*) as orders, sum(total_amount) as amount, count(distinct customer_id) as buyers, sum(used.amount) as discount,
    round(sum(total_amount) / count(*), 4) as average_order_value, average as other_average_order_value,
    round(round(sum(total_amount) / count(*), 4) / nullif(average, 0) - 1, 6) as lift
from orders join day using (dt) join used using (order_id) left join others using (dt)
where change <> 'delete' group by dt, coupon_id, average;

create table app_product_recommendations as
with basket as (
    select distinct 'bought' as basis, order_id as id, product_id from item where dt > (select max(dt) - 90 from day)
    union all
    select distinct 'viewed', dt || person_id, product_id from event
    where event_name = 'Product Viewed' and product_id is not null and dt > (select max(dt) - 90 from day)
),

sized as (select basis, product_id, count(*) as baskets from basket group by all),
totals as (select basis, count(distinct id) as baskets from basket group by all),

bought as (
    select 'bought' as basis, one.product_id, other.product_id as other_product_id, count(*) as pairs
    from basket as one join basket as other on one.id = other.id and one.product_id <> other.product_id
    where one.basis = 'bought' and other.basis = 'bought' group by all having count(*) >= 2
),

lacking as (
    select distinct product_id from basket
    except select product_id from bought group by all having count(*) >= 10
),

viewed as (
    select 'viewed' as basis, one.product_id, other.product_id as other_product_id, count(*) as pairs
    from basket as one join lacking on one.product_id = lacking.product_id
    join basket as other on one.id = other.id and one.product_id <> other.product_id
    where one.basis = 'viewed' and other.basis = 'viewed' group by all having count(*) >= 2
),

paired as (
    select * from bought
    union all
    select viewed.* from viewed anti join bought using (product_id, other_product_id)
)

select
    paired.product_id, row_number() over (
        partition by paired.product_id order by paired.basis, pairs desc, others.baskets, paired.other_product_id
    ) as rank, paired.other_product_id, paired.basis, pairs, round(pairs / totals.baskets, 6) as support,
    round(pairs / own.baskets, 6) as confidence, round(pairs * totals.baskets / (own.baskets * others.baskets), 6) as lift
from paired join totals using (basis)
join sized as own on paired.basis = own.basis and paired.product_id = own.product_id
join sized as others on paired.basis = others.basis and paired.other_product_id = others.product_id
qualify rank <= 10;

create table app_data_quality as
with arrived as (
    select
        (received_at at time zone $timezone)::date as dt, source, count(*) as landed, count(*) filter (copy > 1) as duplicates,
        count(*) filter (dt < (received_at at time zone $timezone)::date) as late, count(*) filter (is_bot) as bots,
        count(*) filter (time_source <> 'client') as time_corrected, max(received_at) as freshness
    from (
        select dt, source, received_at, is_bot, time_source, row_number() over (partition by event_id order by landed_seq, origin) as copy
        from landed
    )
    group by all
    union all
    select (loaded_at at time zone $timezone)::date, 'db:' || name, count(*), 0, 0, 0, 0, max(loaded_at)
    from (
        select 'customer' as name, loaded_at from ods_customer
        union all select 'customer_profile', loaded_at from ods_customer_profile
        union all select 'address', loaded_at from ods_address
        union all select 'category', loaded_at from ods_category
        union all select 'product', loaded_at from ods_product
        union all select 'orders', loaded_at from ods_orders
        union all select 'order_item', loaded_at from ods_order_item
        union all select 'payment', loaded_at from ods_payment
        union all select 'shipment', loaded_at from ods_shipment
        union all select 'refund', loaded_at from ods_refund
        union all select 'coupon_use', loaded_at from ods_coupon_use
    )
    group by all
),

refused as (select dt, source, count(*) as quarantined, max(received_at) as refused_at from ods_quarantine group by all)

select
    dt, source, coalesce(landed, 0) + coalesce(quarantined, 0) as received, coalesce(landed, 0) as landed,
    coalesce(duplicates, 0) as duplicates, coalesce(quarantined, 0) as quarantined, coalesce(late, 0) as late,
    coalesce(bots, 0) as bots, coalesce(time_corrected, 0) as time_corrected, greatest(freshness, refused_at) as freshness
from arrived full join refused using (dt, source);

create table dws_customer as
with customer as (
    select * from ods_customer qualify row_number() over (partition by customer_id order by load_seq desc) = 1
),

profile as (
    select * from ods_customer_profile qualify row_number() over (partition by customer_id order by load_seq desc) = 1
),

address as (
    select * from (select * from ods_address qualify row_number() over (partition by address_id order by load_seq desc) = 1)
    where change <> 'delete' qualify row_number() over (partition by customer_id order by not coalesce(is_default, false), address_id) = 1
),

bought as (
    select
        customer_id, min(created_at) as first_order_at, max(created_at) as last_order_at, max(dt) as last_order_dt, count(*) as orders,
        sum(total_amount) as order_amount, count(paid_at) as paid_orders, sum(total_amount) filter (paid_at is not null) as paid_amount,
        count(cancelled_at) as cancelled_orders, sum(coalesce(refunded_amount, 0)) as refund_amount
    from orders where dt <= (select max(dt) from day) group by all
),

seen as (
    select person_id as customer_id, min(dt) as first_active_dt, max(dt) as last_active_dt, count(*) as active_days from person_day group by all
)

select
    customer.* exclude (change, load_seq, loaded_at, loaded, updated_at), profile.* exclude (customer_id, change, load_seq, loaded_at, loaded),
    address.address, address.province, address.country, address.recipient, first_active_dt, last_active_dt,
    coalesce(active_days, 0) as active_days, first_order_at, last_order_at, coalesce(orders, 0) as orders,
    coalesce(order_amount, 0) as order_amount, coalesce(paid_orders, 0) as paid_orders, coalesce(paid_amount, 0) as paid_amount,
    coalesce(cancelled_orders, 0) as cancelled_orders, coalesce(refund_amount, 0) as refund_amount,
    round(order_amount / orders, 4) as average_order_value, high - last_order_dt as recency_days,
    case
        when orders is null then null
        when recency_days > 120 then 'lost'
        when recency_days > 60 then if(orders >= 2, 'at_risk', 'hibernating')
        when orders = 1 then if(recency_days > 30, 'promising', 'new')
        when orders >= 4 and recency_days <= 30 then 'champions'
        else 'loyal'
    end as segment
from customer cross join (select max(dt) as high from day) left join profile using (customer_id) left join address using (customer_id)
left join bought using (customer_id) left join seen using (customer_id)
where customer.change <> 'delete';

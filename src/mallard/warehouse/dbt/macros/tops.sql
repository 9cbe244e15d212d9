{# The ten best of each day over the 1, 7 and 30 days that end with it, by sales; ties go to the lesser key.

   days: the days to build, with dt. sold: what was sold on a day (dt, the key, orders, units, sales), over
   those days and 29 more behind them. #}
{% macro best_by_window(days, sold, key) %}
    select
        dt,
        window_days,
        rank,
        {{ key }},
        orders,
        units,
        sales
    from (
        select
            summed.*,
            row_number() over (partition by dt, window_days order by sales desc, {{ key }}) as rank
        from (
            {% for window in [1, 7, 30] %}
            select
                {{ days }}.dt,
                {{ window }} as window_days,
                {{ sold }}.{{ key }},
                sum({{ sold }}.orders) as orders,
                sum({{ sold }}.units) as units,
                sum({{ sold }}.sales) as sales
            from {{ days }}
            inner join {{ sold }}
                on {{ sold }}.dt between {{ add_days(days ~ '.dt', 1 - window) }} and {{ days }}.dt
            group by {{ days }}.dt, {{ sold }}.{{ key }}
            {% if not loop.last %}union all{% endif %}
            {% endfor %}
        ) as summed
    ) as ranked
    where rank <= 10
{% endmacro %}

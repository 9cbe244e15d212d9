{# For every day to build and each period: the stretch that ends with the day, the one before and the year before.

   period          stretch            previous stretch                        a year before
   day, month,     to date            as many days into the period before,    both ends a year earlier
   quarter, year                      cut at its end                          (29 February becomes the 28th)
   week            to date            likewise                                both ends 364 days earlier
   7d, 30d         the last 7 or 30   the 7 or 30 days before                 both ends 364 days earlier #}
{% macro period_stretches(periods) %}
{% for period in periods %}
    select
        dt,
        '{{ period }}' as period,
        start_dt,
        previous_start,
        {% if period in ('7d', '30d') %}
        {{ add_days('start_dt', -1) }} as previous_end,
        {% else %}
        least(
            {{ add_days('previous_start', days_between('start_dt', 'dt')) }},
            {{ add_days('start_dt', -1) }}
        ) as previous_end,
        {% endif %}
        {% if period in ('week', '7d', '30d') %}
        {{ add_days('start_dt', -364) }} as last_year_start,
        {{ add_days('dt', -364) }} as last_year_end
        {% else %}
        {{ add_years('start_dt', -1) }} as last_year_start,
        {{ add_years('dt', -1) }} as last_year_end
        {% endif %}
    from (
        select
            dt,
            start_dt,
            {% if period in ('7d', '30d', 'day') %}
            {{ add_days('start_dt', {'7d': -7, '30d': -30, 'day': -1}[period]) }} as previous_start
            {% else %}
            {{ period_start(add_days('start_dt', -1), period) }} as previous_start
            {% endif %}
        from (
            select
                dt,
                {% if period in ('7d', '30d', 'day') %}
                {{ add_days('dt', {'7d': -6, '30d': -29, 'day': 0}[period]) }} as start_dt
                {% else %}
                {{ period_start('dt', period) }} as start_dt
                {% endif %}
            from {{ ref('dim_date') }}
            where {{ in_days() }}
        ) as starts
    ) as starts_before
{% if not loop.last %}
    union all
{% endif %}
{% endfor %}
{% endmacro %}

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

{# Joins running sums by dt, and first_day with its first_dt, to the ends of the stretches, for sum_over. #}
{% macro join_running(sums) %}
    cross join first_day
    left join {{ sums }} as at_end on stretches.dt = at_end.dt
    left join {{ sums }} as before_start on {{ add_days('stretches.start_dt', -1) }} = before_start.dt
    left join {{ sums }} as previous_end on stretches.previous_end = previous_end.dt
    left join {{ sums }} as before_previous on {{ add_days('stretches.previous_start', -1) }} = before_previous.dt
    left join {{ sums }} as last_year_end on stretches.last_year_end = last_year_end.dt
    left join {{ sums }} as before_last_year on {{ add_days('stretches.last_year_start', -1) }} = before_last_year.dt
{% endmacro %}

{# What was summed up over a stretch, the one before ('previous') or the year before ('last_year'); NULL for the
   latter two where they begin before the warehouse's first day. #}
{% macro sum_over(column, stretch='') -%}
{%- if stretch -%}
case
            when stretches.{{ stretch }}_start >= first_day.first_dt
                then {{ stretch }}_end.{{ column }} - coalesce(before_{{ stretch }}.{{ column }}, 0)
        end
{%- else -%}
at_end.{{ column }} - coalesce(before_start.{{ column }}, 0)
{%- endif -%}
{%- endmacro %}

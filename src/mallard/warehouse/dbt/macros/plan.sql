{# What this build has to replace, as warehouse/plan.py wrote it down before dbt was started.

   build_plan(model, first_dt, last_dt) holds the days of each model as ranges; one row with NULLs stands for
   all days. It is read at run time, so that a new day is no reason to parse the project again, and is put
   into the statements as literals, so that both engines prune files and row groups by it. #}

{% macro planned_ranges() %}
  {% if not execute or this is none or this is string %}{# a unit test has no table of its own #}
    {{ return(none) }}
  {% endif %}
  {% if load_relation(this) is none %}
    {{ return(none) }}
  {% endif %}
  {% set ranges = mallard.build_plan().get(this.identifier, []) %}
  {{ return(none if ranges == [(none, none)] else ranges) }}
{% endmacro %}

{# Model → its ranges. Read once for all models: each asks many times, and on Spark every query is a job. #}
{% macro build_plan() %}
  {% if 'mallard_plan' not in graph %}
    {% set query %}
      select model, cast(first_dt as {{ type_string() }}), cast(last_dt as {{ type_string() }})
      from {{ target.schema }}.build_plan
      order by model, first_dt
    {% endset %}
    {% set plan = {} %}
    {% for name, first, last in run_query(query).rows %}
      {% do plan.setdefault(name, []).append((first, last)) %}
    {% endfor %}
    {% do graph.update({'mallard_plan': plan}) %}
  {% endif %}
  {{ return(graph['mallard_plan']) }}
{% endmacro %}

{# true while every day is built: on the first build, after a change of the models, with --full. #}
{% macro is_full() %}
  {{ return(mallard.planned_ranges() is none) }}
{% endmacro %}

{# A predicate that holds for the days to replace, widened by days on either side: what those days read. #}
{% macro in_days(column='dt', behind=0, ahead=0) %}
  {% set ranges = mallard.planned_ranges() %}
  {% if ranges is none %}
    {{ return(mallard.in_slice(column)) }}
  {% endif %}
  {% set parts = [] %}
  {% for first, last in ranges %}
    {% do parts.append(
      column ~ " between date '" ~ mallard.shifted(first, -behind) ~ "' and date '" ~ mallard.shifted(last, ahead) ~ "'"
    ) %}
  {% endfor %}
  {{ return('(' ~ (parts | join(' or ') if parts else 'false') ~ ')') }}
{% endmacro %}

{# A predicate that holds from the earliest day to replace on, widened. #}
{% macro from_first_day(column='dt', behind=0) %}
  {% set ranges = mallard.planned_ranges() %}
  {% if ranges is none %}
    {{ return('true') }}
  {% endif %}
  {{ return(column ~ " >= date '" ~ mallard.shifted(ranges[0][0], -behind) ~ "'" if ranges else 'false') }}
{% endmacro %}

{% macro shifted(day, days) %}
  {% set parsed = modules.datetime.datetime.strptime(day, '%Y-%m-%d') %}
  {{ return((parsed + modules.datetime.timedelta(days=days)).strftime('%Y-%m-%d')) }}
{% endmacro %}

{# A value that Python wrote down for this build; all are read at once, like the plan. #}
{% macro build_setting(name, placeholder) %}
  {% if not execute %}
    {{ return(placeholder) }}
  {% endif %}
  {% if 'mallard_settings' not in graph %}
    {% set rows = run_query("select name, value from " ~ target.schema ~ ".build_setting").rows %}
    {% do graph.update({'mallard_settings': dict(rows.values())}) %}
  {% endif %}
  {{ return(graph['mallard_settings'].get(name, placeholder)) }}
{% endmacro %}

{# The shop's running day when the build began, as a literal. #}
{% macro today() %}date '{{ mallard.build_setting('today', '1970-01-01') }}'{% endmacro %}

{# A predicate for the days that can be the warehouse's own (day_sets.EARLIEST). #}
{% macro in_stretch(column) %}{{ column }} between date '2000-01-01' and {{ mallard.today() }}{% endmacro %}

{# Versions of a shop table that no build has seen; all of them in a full build. #}
{% macro unbuilt(table) %}
  {% if mallard.is_full() %}
    {{ return('true') }}
  {% endif %}
  {{ return(
    "loaded >= date '" ~ mallard.build_setting('loaded:' ~ table, '1970-01-01') ~ "'"
    ~ " and load_seq > " ~ mallard.build_setting('load_seq:' ~ table, '-1')
  ) }}
{% endmacro %}

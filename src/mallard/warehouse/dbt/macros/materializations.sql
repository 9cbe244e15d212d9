{# days: a table of business days. Builds all of them, or deletes the planned days and inserts what the model
   now gives for them, in one transaction: a day that has become empty disappears.
   meta.sliced_by: a table with as many rows a day; all days are then built a slice at a time, since a join of all
   the wide rows at once would write them to disk first. in_days() stands for the slice's days. #}
{% materialization days, adapter='duckdb' %}
  {% set target_relation = this.incorporate(type='table') %}
  {% set existing = load_cached_relation(this) %}
  {{ run_hooks(pre_hooks) }}
  {% if existing is none or mallard.is_full() %}
    {% for first, last in mallard.slices() %}
      {% call statement('slice') %}
        set variable slice_first = date '{{ first }}';
        set variable slice_last = date '{{ last }}';
      {% endcall %}
      {% call statement('main') %}
        {{ 'create or replace table ' ~ target_relation ~ ' as' if loop.first else 'insert into ' ~ target_relation }}
        ({{ compiled_code }});
      {% endcall %}
    {% endfor %}
  {% else %}
    {% set stage = this.incorporate(path={'identifier': this.identifier ~ '__stage'}) %}
    {% call statement('stage') %}
      create or replace temporary table {{ stage.identifier }} as ({{ compiled_code }});
    {% endcall %}
    {% call statement('delete') %}
      delete from {{ target_relation }} where {{ mallard.in_days() }};
    {% endcall %}
    {% call statement('main') %}
      insert into {{ target_relation }} by name select * from {{ stage.identifier }};
    {% endcall %}
    {% call statement('drop') %}
      drop table {{ stage.identifier }};
    {% endcall %}
  {% endif %}
  {{ run_hooks(post_hooks) }}
  {{ adapter.commit() }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# First and last days of the slices: so many rows of meta.sliced_by each (plan.SLICE_ROWS), or a day of more. One
   slice of everything where there is nothing to slice by. #}
{% macro slices() %}
  {% set everything = [('0001-01-01', '9999-12-31')] %}
  {% if not mallard.sliced_by() %}
    {{ return(everything) }}
  {% endif %}
  {% set query %}
    select min(dt), max(dt)
    from (
      select dt, sum(rows) over (order by dt) // {{ mallard.build_setting('slice_rows', 1) }} as slice
      from (
        select dt, count(*) as rows from {{ this.incorporate(path={'identifier': mallard.sliced_by()}) }} group by dt
      )
    )
    group by slice order by slice
  {% endset %}
  {{ return(run_query(query).rows or everything) }}
{% endmacro %}

{% macro sliced_by() %}
  {{ return(config.get('meta', {}).get('sliced_by') if config else none) }}
{% endmacro %}

{# A predicate for the days of the slice that a full build is at. #}
{% macro in_slice(column) %}{{ return(adapter.dispatch('in_slice', 'mallard')(column)) }}{% endmacro %}
{% macro default__in_slice(column) %}{{ return('true') }}{% endmacro %}
{% macro duckdb__in_slice(column) %}
  {% if not execute or this is none or this is string or not mallard.sliced_by() %}
    {{ return('true') }}
  {% endif %}
  {{ return(column ~ " between getvariable('slice_first') and getvariable('slice_last')") }}
{% endmacro %}

{# latest: the current state of each key. The model gives the newest version of every key that changed, with
   is_deleted; those keys are taken out and what is not deleted put in, in one transaction. #}
{% materialization latest, adapter='duckdb' %}
  {% set keys = config.require('unique_key') %}
  {% set target_relation = this.incorporate(type='table') %}
  {% set existing = load_cached_relation(this) %}
  {{ run_hooks(pre_hooks) }}
  {% if existing is none or mallard.is_full() %}
    {% call statement('main') %}
      create or replace table {{ target_relation }} as
      select * exclude (is_deleted) from ({{ compiled_code }}) where not is_deleted;
    {% endcall %}
  {% else %}
    {% set stage = this.identifier ~ '__stage' %}
    {% call statement('stage') %}
      create or replace temporary table {{ stage }} as ({{ compiled_code }});
    {% endcall %}
    {% call statement('delete') %}
      delete from {{ target_relation }} as kept using {{ stage }} as changed
      where {% for key in keys %}kept.{{ key }} is not distinct from changed.{{ key }}{% if not loop.last %} and {% endif %}{% endfor %};
    {% endcall %}
    {% call statement('main') %}
      insert into {{ target_relation }} by name
      select * exclude (is_deleted) from {{ stage }} where not is_deleted;
    {% endcall %}
    {% call statement('drop') %}
      drop table {{ stage }};
    {% endcall %}
  {% endif %}
  {{ run_hooks(post_hooks) }}
  {{ adapter.commit() }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

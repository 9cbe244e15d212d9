{# days: a table of business days. Builds all of them, or deletes the planned days and inserts what the model
   now gives for them, in one transaction: a day that has become empty disappears.
   meta.sliced_by: a table with as many rows a day; all days are then built some at a time, each slice of a size
   that fits the memory of a small machine, because a join of all the wide rows would write them to disk first. #}
{% materialization days, adapter='duckdb' %}
  {% set target_relation = this.incorporate(type='table') %}
  {% set existing = load_cached_relation(this) %}
  {{ run_hooks(pre_hooks) }}
  {% if existing is none or mallard.is_full() %}
    {% set slices = mallard.slices(config.get('meta', {}).get('sliced_by')) %}
    {% call statement('main') %}
      create or replace table {{ target_relation }} as
      select * from ({{ compiled_code }}) as model where {{ slices[0] if slices else 'true' }};
    {% endcall %}
    {% for slice in slices[1:] %}
      {% call statement('slice') %}
        insert into {{ target_relation }} select * from ({{ compiled_code }}) as model where {{ slice }};
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

{# Predicates that cut all days into slices: so many rows of the table each (plan.SLICE_ROWS), or a day of more. #}
{% macro slices(table) %}
  {% if not table %}
    {{ return([]) }}
  {% endif %}
  {% set query %}
    select min(dt), max(dt)
    from (
      select dt, sum(rows) over (order by dt) // {{ mallard.build_setting('slice_rows', 1) }} as slice
      from (select dt, count(*) as rows from {{ this.incorporate(path={'identifier': table}) }} group by dt)
    )
    group by slice order by slice
  {% endset %}
  {% set found = [] %}
  {% for first, last in run_query(query).rows %}
    {% do found.append("dt between date '" ~ first ~ "' and date '" ~ last ~ "'") %}
  {% endfor %}
  {{ return(found) }}
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

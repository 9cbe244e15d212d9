{# days: a table of business days. Builds all of them, or deletes the planned days and inserts what the model
   now gives for them, in one transaction: a day that has become empty disappears. #}
{% materialization days, adapter='duckdb' %}
  {% set day_column = config.get('day_column', 'dt') %}
  {% set target_relation = this.incorporate(type='table') %}
  {% set existing = load_cached_relation(this) %}
  {{ run_hooks(pre_hooks) }}
  {% if existing is none or mallard.is_full() %}
    {% call statement('main') %}
      create or replace table {{ target_relation }} as ({{ compiled_code }});
    {% endcall %}
  {% else %}
    {% set stage = this.incorporate(path={'identifier': this.identifier ~ '__stage'}) %}
    {% call statement('stage') %}
      create or replace temporary table {{ stage.identifier }} as ({{ compiled_code }});
    {% endcall %}
    {% call statement('delete') %}
      delete from {{ target_relation }} where {{ mallard.in_days(day_column) }};
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

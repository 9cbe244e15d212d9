{# Tables on Spark: plain Parquet in the Hive metastore, external, each write in a folder of its own.

   What a model gives is written aside first and then put in place by the metastore alone: a table by its new
   location, days by their partitions' locations. Nothing is overwritten or renamed, so a build that dies
   leaves every table as it was or as it will be, and no file system needs more than writing whole files.
   SparkEngine removes the folders that no table refers to any more, at the beginning of the next build.
   ${spark.mallard.tables} is where the tables lie; Spark puts it in. #}

{% macro spark_aside(relation) %}
  {{ return(relation.incorporate(path={'identifier': relation.identifier ~ '__next'}, type='table')) }}
{% endmacro %}

{# Where this build writes a table. #}
{% macro spark_folder(relation) %}
  {{ return('${spark.mallard.tables}/' ~ relation.identifier ~ '/' ~ invocation_id) }}
{% endmacro %}

{# Write a query's rows aside; partition: a column to partition by, or none. #}
{% macro spark_write_aside(relation, query, partition=none) %}
  {% set aside = mallard.spark_aside(relation) %}
  {% call statement('drop_aside') %}
    drop table if exists {{ aside }}
  {% endcall %}
  {% call statement('main') %}
    create table {{ aside }} using parquet
    {% if partition %}partitioned by ({{ partition }}){% endif %}
    location '{{ mallard.spark_folder(relation) }}'
    as select {% if partition %}/*+ rebalance({{ partition }}) */{% endif %} * from (
      {{ query }}
    ) as model
  {% endcall %}
{% endmacro %}

{# Put what was written aside in the table's place, whatever is there. #}
{% macro spark_replace(relation, existing) %}
  {% set aside = mallard.spark_aside(relation) %}
  {% if existing is not none %}
    {% call statement('drop') %}
      drop {{ existing.type }} if exists {{ relation }}
    {% endcall %}
  {% endif %}
  {% call statement('rename') %}
    alter table {{ aside }} rename to {{ relation }}
  {% endcall %}
{% endmacro %}

{# Point a table at what was written aside: one change in the metastore. Only where the columns are the same. #}
{% macro spark_relocate(relation) %}
  {% set aside = mallard.spark_aside(relation) %}
  {% call statement('relocate') %}
    alter table {{ relation }} set location '{{ mallard.spark_folder(relation) }}'
  {% endcall %}
  {% call statement('forget_aside') %}
    drop table {{ aside }}
  {% endcall %}
{% endmacro %}

{% macro spark_same_columns(one, other) %}
  {% set shapes = [] %}
  {% for relation in (one, other) %}
    {% call statement('columns', fetch_result=True) %}
      describe table {{ relation }}
    {% endcall %}
    {% set shape = [] %}
    {% for row in load_result('columns').table.rows %}
      {% do shape.append((row[0], row[1])) %}
    {% endfor %}
    {% do shapes.append(shape) %}
  {% endfor %}
  {{ return(shapes[0] == shapes[1]) }}
{% endmacro %}

{% macro spark_table_from(relation, existing, query) %}
  {% do mallard.spark_write_aside(relation, query) %}
  {% if existing is not none and existing.type == 'table'
    and mallard.spark_same_columns(relation, mallard.spark_aside(relation)) %}
    {% do mallard.spark_relocate(relation) %}
  {% else %}
    {% do mallard.spark_replace(relation, existing) %}
  {% endif %}
{% endmacro %}

{% materialization table, adapter='spark' %}
  {% set target_relation = this.incorporate(type='table') %}
  {{ run_hooks(pre_hooks) }}
  {% do mallard.spark_table_from(target_relation, load_cached_relation(this), compiled_code) %}
  {{ run_hooks(post_hooks) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Like DuckDB's latest (materializations.sql), the kept and the changed rows written as one new table. #}
{% materialization latest, adapter='spark' %}
  {% set keys = config.require('unique_key') %}
  {% set target_relation = this.incorporate(type='table') %}
  {% set existing = load_cached_relation(this) %}
  {{ run_hooks(pre_hooks) }}
  {% set query %}
    with changed as ({{ compiled_code }})
    {% if existing is not none and not mallard.is_full() %}
    select kept.* from {{ target_relation }} as kept
    anti join changed
      on {% for key in keys %}kept.{{ key }} <=> changed.{{ key }}{% if not loop.last %} and {% endif %}{% endfor %}

    union all
    {% endif %}
    select * except (is_deleted) from changed where not is_deleted
  {% endset %}
  {% do mallard.spark_table_from(target_relation, existing, query) %}
  {{ run_hooks(post_hooks) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Like DuckDB's days: all of them, or the planned ones, each a partition. A planned day for which the model
   gives nothing loses its partition, which Spark's dynamic partition overwrite would keep. #}
{% materialization days, adapter='spark' %}
  {% set target_relation = this.incorporate(type='table') %}
  {% set existing = load_cached_relation(this) %}
  {% set ranges = mallard.planned_ranges() %}
  {{ run_hooks(pre_hooks) }}
  {% if existing is not none and ranges is not none and not ranges %}
    {% call statement('main') %}
      select 0
    {% endcall %}
  {% else %}
    {% do mallard.spark_write_aside(target_relation, compiled_code, 'dt') %}
    {% if existing is none or ranges is none %}
      {% do mallard.spark_replace(target_relation, existing) %}
    {% else %}
      {% do mallard.spark_swap_days(target_relation, ranges) %}
    {% endif %}
  {% endif %}
  {{ run_hooks(post_hooks) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The days that a table has: of each partition, dt=2026-11-24, what is behind the sign. #}
{% macro spark_partition_days(relation) %}
  {% call statement('partitions', fetch_result=True) %}
    show partitions {{ relation }}
  {% endcall %}
  {% set days = [] %}
  {% for row in load_result('partitions').table.rows %}
    {% do days.append(row[0][3:]) %}
  {% endfor %}
  {{ return(days) }}
{% endmacro %}

{% macro spark_swap_days(relation, ranges) %}
  {% set aside = mallard.spark_aside(relation) %}
  {% set old = [] %}
  {% for day in mallard.spark_partition_days(relation) %}
    {% for first, last in ranges if first <= day <= last %}
      {% do old.append("partition (dt = date '" ~ day ~ "')") %}
    {% endfor %}
  {% endfor %}
  {% set new = [] %}
  {% for day in mallard.spark_partition_days(aside) %}
    {% do new.append(
      "partition (dt = date '" ~ day ~ "') location '"
      ~ mallard.spark_folder(relation) ~ "/dt=" ~ day ~ "'"
    ) %}
  {% endfor %}
  {% if old %}
    {% call statement('drop_days') %}
      alter table {{ relation }} drop if exists {{ old | join(', ') }}
    {% endcall %}
  {% endif %}
  {% if new %}
    {% call statement('add_days') %}
      alter table {{ relation }} add {{ new | join(' ') }}
    {% endcall %}
  {% endif %}
  {% call statement('forget_aside') %}
    drop table {{ aside }}
  {% endcall %}
{% endmacro %}

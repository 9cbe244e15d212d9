{# When a version came into force: its stamp where that has moved on since the version before, else its loading.
   Some shops change a row without stamping it (a product put into another category), which is no news of back then. #}
{% macro came_at(key) %}
    case
        when lag(updated_at) over (partition by {{ key }} order by load_seq) is null
            then coalesce(updated_at, loaded_at)
        when updated_at > lag(updated_at) over (partition by {{ key }} order by load_seq) then updated_at
        else loaded_at
    end
{%- endmacro %}

{# Versions of a shop's rows, each with the time in which it is in force.

   In force at an instant is the version loaded last among those valid from then or before; the first version
   known reaches back for ever, a delete ends the last one. versions: rows with load_seq and changed_at. #}
{% macro with_validity(versions, key) %}
    select
        {{ versions }}.*,
        case
            when row_number() over (partition by {{ key }} order by load_seq) = 1
                then timestamp '1000-01-01 00:00:00+00'
            else changed_at
        end as valid_from,
        coalesce(
            min(changed_at) over (
                partition by {{ key }} order by load_seq
                rows between 1 following and unbounded following
            ),
            timestamp '9999-12-31 00:00:00+00'
        ) as valid_to
    from {{ versions }}
{% endmacro %}

{# Whether a version is in force at the end of a day, ends_at being the first instant of the next one. #}
{% macro in_force(version, ends_at) -%}
{{ version }}.valid_from < {{ ends_at }} and {{ version }}.valid_to >= {{ ends_at }}
{%- endmacro %}

{# The columns that identify a row do: none is NULL and no two rows are alike in them. optional: may be NULL. #}
{% test grain(model, columns, optional=[]) %}
{{ config(tags=['grain']) }}
select
    {{ columns | join(',\n    ') }},
    count(*) as copies
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {% for column in columns if column not in optional %}
    or {{ column }} is null
    {% endfor %}
{% endtest %}

-- In its own period all of a cohort is there, and never more than that.
{{ config(tags=['identity']) }}

select
    period,
    cohort_dt,
    period_number
from {{ ref('app_retention') }}
where retained > cohort_size or (period_number = 0 and retained <> cohort_size)

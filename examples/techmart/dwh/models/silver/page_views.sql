{{ config(
    incremental_strategy='microbatch',
    event_time='event_ts',
    batch_size='month',
    begin='2025-10-01',
    lookback=1,
    partition_by=['event_month'],
) }}

select
  device,
  count(*) as views,
  count(distinct session_id) as sessions,
  percentile_approx(load_ms, 0.95) as p95_load_ms,
  min(event_ts) as event_ts,
  cast(trunc(event_ts, 'MM') as date) as event_month
from {{ ref('web_events') }}
where event_type = 'page_view'
group by device, cast(trunc(event_ts, 'MM') as date)

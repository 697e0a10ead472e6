with ranked as (
  select
    event_id,
    customer_id,
    session_id,
    event_type,
    device,
    page.url as url,
    page.referrer as referrer,
    page.load_ms as load_ms,
    product_id,
    cast(event_time as timestamp) as event_ts,
    _delivery as delivery,
    row_number() over (partition by event_id order by _delivery, event_time desc, session_id) as nth
  from {{ source('bronze', 'web_events') }}
  where {{ delivered() }} and _corrupt_record is null and event_id is not null
)

select event_id, customer_id, session_id, event_type, device, url, referrer, load_ms, product_id, event_ts, delivery
from ranked
where nth = 1

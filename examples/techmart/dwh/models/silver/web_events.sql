{{ config(incremental_strategy='append') }}

select event_id, customer_id, session_id, event_type, device, url, referrer, load_ms, product_id, event_ts, delivery
from {{ ref('stg_web_events') }}
{% if is_incremental() %}
where delivery > (select coalesce(max(delivery), '') from {{ this }})
{% endif %}

{{ config(
    incremental_strategy='merge',
    unique_key='transaction_id',
    on_schema_change='append_new_columns',
    tblproperties={'delta.enableDeletionVectors': 'true', 'quality': 'silver'},
    post_hook=["optimize {{ this }} zorder by (customer_id)", "{{ journal('loaded') }}"],
) }}

select transaction_id, customer_id, product_id, quantity, unit_price, amount, payment_method, channel, status, sold_at, sold_on, delivery
from {{ ref('stg_sales') }}
{% if is_incremental() %}
-- A delivery that was taken in is taken in again only with --full-refresh.
where delivery > (select coalesce(max(delivery), '') from {{ this }})
{% endif %}

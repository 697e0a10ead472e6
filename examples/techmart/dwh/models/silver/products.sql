{{ config(
    incremental_strategy='merge',
    unique_key='product_id',
    merge_exclude_columns=['first_delivery'],
    on_schema_change='sync_all_columns',
    incremental_predicates=["DBT_INTERNAL_DEST.product_id is not null"],
) }}

select product_id, product_name, category, brand, price, stock, delivery, delivery as first_delivery
from {{ ref('stg_products') }}
{% if is_incremental() %}
where delivery > (select max(delivery) from {{ this }})
{% endif %}

-- What the buyer has to order: the snapshot of this view says since when, and when it was done.
select product_id, product_name, stock
from {{ ref('stg_products') }}
where stock < 60

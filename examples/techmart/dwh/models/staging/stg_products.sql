-- One row for each product, as the newest delivery has it.
with typed as (
  select
    trim(product_id) as product_id,
    trim(product_name) as product_name,
    trim(category) as category,
    trim(brand) as brand,
    cast(price as decimal(10,2)) as price,
    cast(stock as int) as stock,
    _delivery as delivery
  from {{ source('bronze', 'products') }}
  where {{ delivered() }} and _corrupt_record is null
),

newest as (
  select *, row_number() over (partition by product_id order by delivery desc, price, stock) as nth
  from typed
  where product_id <> '' and price > 0
)

select product_id, product_name, category, brand, price, stock, delivery
from newest
where nth = 1

select
  p.product_id, p.product_name, p.category, p.brand, p.price, p.stock,
  ntile(4) over (partition by p.category order by p.price, p.product_id) as price_quartile,
  h.prices as price_changes
from {{ ref('products') }} as p
join (
  select product_id, count(*) - 1 as prices from {{ ref('prices_history') }} group by product_id
) as h on h.product_id = p.product_id

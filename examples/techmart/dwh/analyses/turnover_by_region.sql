select c.region, count(*) as sales, sum(f.amount) as turnover
from {{ ref('fact_sales') }} as f
join {{ ref('dim_customers') }} as c on c.customer_key = f.customer_key
group by c.region
order by turnover desc, c.region

-- The gold report, amounts in MAD. Each statement is one table, the line before it is its title.

-- title: In all
SELECT sales, units, customers, turnover, mean_basket
FROM gold.metrics
WHERE grain = 'all';

-- title: Sales per day, the last 14 days
SELECT period AS day, sales, turnover, mean_basket,
  CAST(avg(turnover) OVER (ORDER BY period ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS DECIMAL(14,2)) AS turnover_7_days
FROM gold.metrics
WHERE grain = 'day'
ORDER BY day DESC
LIMIT 14;

-- title: Sales per month, the last 12 months
SELECT date_format(period, 'yyyy-MM') AS month, sales, customers, turnover, mean_basket,
  CAST(100 * turnover / lag(turnover, 12) OVER (ORDER BY period) - 100 AS DECIMAL(6,1)) AS growth_in_a_year
FROM gold.metrics
WHERE grain = 'month'
ORDER BY month DESC
LIMIT 12;

-- title: Top products
SELECT p.product_id, p.product_name, p.category, sum(f.quantity) AS units, sum(f.amount) AS turnover
FROM gold.fact_sales AS f
JOIN gold.dim_products AS p ON p.product_id = f.product_id
GROUP BY p.product_id, p.product_name, p.category
ORDER BY turnover DESC, p.product_id
LIMIT 10;

-- title: Best customers
SELECT now.customer_id, now.full_name, now.city, now.segment, count(*) AS sales, sum(f.amount) AS turnover, now.version AS versions
FROM gold.fact_sales AS f
JOIN gold.dim_customers AS c ON c.customer_key = f.customer_key
JOIN gold.dim_customers AS now ON now.customer_id = c.customer_id AND now.is_current
GROUP BY now.customer_id, now.full_name, now.city, now.segment, now.version
ORDER BY turnover DESC, now.customer_id
LIMIT 10;

-- title: Share of each category
SELECT category, sales, units, turnover,
  CAST(100 * turnover / sum(turnover) OVER () AS DECIMAL(5,2)) AS share_percent
FROM gold.metrics
WHERE grain = 'category'
ORDER BY turnover DESC, category;

-- title: Segment at the time of sale
SELECT c.segment, count(*) AS sales, count(DISTINCT c.customer_id) AS customers, sum(f.amount) AS turnover
FROM gold.fact_sales AS f
JOIN gold.dim_customers AS c ON c.customer_key = f.customer_key
GROUP BY c.segment
ORDER BY turnover DESC;

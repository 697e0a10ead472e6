-- What a page of a sales dashboard asks, one query after the other, over the table gold of the suite.
select sum(revenue) as revenue, sum(orders) as orders, sum(units) as units from gold where day >= date '2024-01-01';
select day, sum(revenue) as revenue from gold where day >= date '2024-06-01' group by day order by day;
select category, sum(revenue) as revenue, sum(orders) as orders from gold group by category order by revenue desc;
select city, channel, sum(revenue) as revenue from gold where category = 'category 3' group by city, channel order by revenue desc, city, channel limit 10;
select channel, count(*) as groups, max(revenue) as best from gold where city in ('city 1', 'city 2', 'city 5') group by channel order by channel;
select day, category, revenue from gold order by revenue desc, day, category limit 20;

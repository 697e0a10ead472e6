package aggregate

import (
	"strconv"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
)

func formatFloat(x float64) string { return strconv.FormatFloat(x, 'e', -1, 64) }

type binder = func(args []function.Arg, ignoreNulls, ansi bool) (*function.BoundAggregate, error)

func entry(name string, least, most int, since, doc, usage, example string, b binder, aliases ...string) *function.Aggregate {
	return &function.Aggregate{Name: name, Aliases: aliases, MinArgs: least, MaxArgs: most, Since: since, Doc: doc, Usage: usage, Example: example, Bind: b}
}

func empty(e *function.Aggregate, value any) *function.Aggregate {
	e.EmptyValue = value
	return e
}

func plain(e *function.Aggregate) *function.Aggregate {
	e.IgnoresDistinct = true
	return e
}

func ordered(e *function.Aggregate) *function.Aggregate {
	e.OrderSensitive = true
	return e
}

func skipping(e *function.Aggregate) *function.Aggregate {
	e.OrderSensitive, e.TakesNulls = true, true
	return e
}

func init() {
	bind.Aggregates(
		empty(entry("count", 1, -1, "1.0.0", "The number of rows in which no argument is NULL; count(*) counts all rows.", "count(*) | count([DISTINCT] expr[, expr...])",
			"> SELECT count(col) FROM VALUES (NULL), (5), (5), (20) AS tab(col);\n 3", bindCount), int64(0)),
		empty(entry("count_if", 1, 1, "3.0.0", "The number of rows for which expr is true.", "count_if(expr)",
			"> SELECT count_if(col % 2 = 0) FROM VALUES (NULL), (0), (1), (2), (3) AS tab(col);\n 2", bindCountIf), int64(0)),
		entry("sum", 1, 1, "1.0.0", "The sum of the values.", "sum(expr)", "> SELECT sum(col) FROM VALUES (5), (10), (15) AS tab(col);\n 30", bindSum("sum", false)),
		entry("try_sum", 1, 1, "3.3.0", "The sum of the values, NULL on overflow.", "try_sum(expr)", "> SELECT try_sum(col) FROM VALUES (5), (10), (15) AS tab(col);\n 30", bindSum("try_sum", true)),
		entry("avg", 1, 1, "1.0.0", "The mean of the values.", "avg(expr)", "> SELECT avg(col) FROM VALUES (1), (2), (3) AS tab(col);\n 2.0", bindAvg("avg", false), "mean"),
		entry("try_avg", 1, 1, "3.3.0", "The mean of the values, NULL on overflow.", "try_avg(expr)", "> SELECT try_avg(col) FROM VALUES (1), (2), (3) AS tab(col);\n 2.0", bindAvg("try_avg", true)),
		plain(entry("min", 1, 1, "1.0.0", "The smallest value.", "min(expr)", "> SELECT min(col) FROM VALUES (10), (-1), (20) AS tab(col);\n -1", bindExtreme("min", false))),
		plain(entry("max", 1, 1, "1.0.0", "The largest value.", "max(expr)", "> SELECT max(col) FROM VALUES (10), (50), (20) AS tab(col);\n 50", bindExtreme("max", true))),
		entry("max_by", 2, 2, "3.0.0", "The value of x where y is largest.", "max_by(x, y)", "> SELECT max_by(x, y) FROM VALUES ('a', 10), ('b', 50), ('c', 20) AS tab(x, y);\n b", bindBy("max_by", true)),
		entry("min_by", 2, 2, "3.0.0", "The value of x where y is smallest.", "min_by(x, y)", "> SELECT min_by(x, y) FROM VALUES ('a', 10), ('b', 50), ('c', 20) AS tab(x, y);\n a", bindBy("min_by", false)),
		skipping(entry("first", 1, 2, "2.0.0", "The value of the first row; of the first that is not NULL if isIgnoreNull is true.", "first(expr[, isIgnoreNull])",
			"> SELECT first(col) FROM VALUES (10), (5), (20) AS tab(col);\n 10", bindFirst("first", false), "first_value")),
		skipping(entry("last", 1, 2, "2.0.0", "The value of the last row; of the last that is not NULL if isIgnoreNull is true.", "last(expr[, isIgnoreNull])",
			"> SELECT last(col) FROM VALUES (10), (5), (20) AS tab(col);\n 20", bindFirst("last", true), "last_value")),
		skipping(entry("any_value", 1, 2, "3.4.0", "The value of some row; of one that is not NULL if isIgnoreNull is true.", "any_value(expr[, isIgnoreNull])",
			"> SELECT any_value(col) FROM VALUES (10), (5), (20) AS tab(col);\n 10", bindFirst("any_value", false))),
		ordered(empty(entry("collect_list", 1, 1, "2.0.0", "A list of the values that are not NULL.", "collect_list(expr)",
			"> SELECT collect_list(col) FROM VALUES (1), (2), (1) AS tab(col);\n [1,2,1]", bindCollect("collect_list", false), "array_agg"), []any{})),
		plain(empty(entry("collect_set", 1, 1, "2.0.0", "A list of the different values that are not NULL.", "collect_set(expr)",
			"> SELECT collect_set(col) FROM VALUES (1), (2), (1) AS tab(col);\n [1,2]", bindCollect("collect_set", true)), []any{})),
		entry("mode", 1, 1, "3.4.0", "The value that comes most often.", "mode(expr)", "> SELECT mode(col) FROM VALUES (0), (10), (10) AS tab(col);\n 10", bindMode),

		plain(entry("bool_and", 1, 1, "3.0.0", "Whether all values are true.", "bool_and(expr)", "> SELECT bool_and(col) FROM VALUES (true), (false), (true) AS tab(col);\n false", bindTruth("bool_and", false), "every")),
		plain(entry("bool_or", 1, 1, "3.0.0", "Whether a value is true.", "bool_or(expr)", "> SELECT bool_or(col) FROM VALUES (true), (false), (false) AS tab(col);\n true", bindTruth("bool_or", true), "any", "some")),
		plain(entry("bit_and", 1, 1, "3.0.0", "The bitwise AND of the values.", "bit_and(expr)", "> SELECT bit_and(col) FROM VALUES (3), (5) AS tab(col);\n 1", bindBits("bit_and"))),
		plain(entry("bit_or", 1, 1, "3.0.0", "The bitwise OR of the values.", "bit_or(expr)", "> SELECT bit_or(col) FROM VALUES (3), (5) AS tab(col);\n 7", bindBits("bit_or"))),
		entry("bit_xor", 1, 1, "3.0.0", "The bitwise XOR of the values.", "bit_xor(expr)", "> SELECT bit_xor(col) FROM VALUES (3), (5) AS tab(col);\n 6", bindBits("bit_xor")),

		entry("stddev_samp", 1, 1, "1.6.0", "The sample standard deviation.", "stddev_samp(expr)", "> SELECT stddev_samp(col) FROM VALUES (1), (2), (3) AS tab(col);\n 1.0", bindMoments("stddev_samp")),
		entry("stddev", 1, 1, "1.6.0", "The sample standard deviation.", "stddev(expr)", "> SELECT stddev(col) FROM VALUES (1), (2), (3) AS tab(col);\n 1.0", bindMoments("stddev"), "std"),
		entry("stddev_pop", 1, 1, "1.6.0", "The population standard deviation.", "stddev_pop(expr)", "> SELECT stddev_pop(col) FROM VALUES (1), (2), (3) AS tab(col);\n 0.816496580927726", bindMoments("stddev_pop")),
		entry("variance", 1, 1, "1.6.0", "The sample variance.", "variance(expr)", "> SELECT variance(col) FROM VALUES (1), (2), (3) AS tab(col);\n 1.0", bindMoments("variance"), "var_samp"),
		entry("var_pop", 1, 1, "1.6.0", "The population variance.", "var_pop(expr)", "> SELECT var_pop(col) FROM VALUES (1), (2), (3) AS tab(col);\n 0.6666666666666666", bindMoments("var_pop")),
		entry("skewness", 1, 1, "1.6.0", "The skewness.", "skewness(expr)", "> SELECT skewness(col) FROM VALUES (-10), (-20), (100), (1000) AS tab(col);\n 1.1135657469022011", bindMoments("skewness")),
		entry("kurtosis", 1, 1, "1.6.0", "The kurtosis.", "kurtosis(expr)", "> SELECT kurtosis(col) FROM VALUES (-10), (-20), (100), (1000) AS tab(col);\n -0.7014368047529618", bindMoments("kurtosis")),

		entry("corr", 2, 2, "1.6.0", "Pearson's coefficient of correlation.", "corr(expr1, expr2)", "> SELECT corr(c1, c2) FROM VALUES (3, 2), (3, 3), (6, 4) as tab(c1, c2);\n 0.8660254037844387", bindPairs("corr")),
		entry("covar_pop", 2, 2, "2.0.0", "The population covariance.", "covar_pop(expr1, expr2)", "> SELECT covar_pop(c1, c2) FROM VALUES (1,1), (2,2), (3,3) AS tab(c1, c2);\n 0.6666666666666666", bindPairs("covar_pop")),
		entry("covar_samp", 2, 2, "2.0.0", "The sample covariance.", "covar_samp(expr1, expr2)", "> SELECT covar_samp(c1, c2) FROM VALUES (1,1), (2,2), (3,3) AS tab(c1, c2);\n 1.0", bindPairs("covar_samp")),
		empty(entry("regr_count", 2, 2, "3.3.0", "The number of pairs without NULL.", "regr_count(y, x)", "> SELECT regr_count(y, x) FROM VALUES (1, 2), (2, null), (2, 3), (2, 4) AS tab(y, x);\n 3", bindPairs("regr_count")), int64(0)),
		entry("regr_avgx", 2, 2, "3.3.0", "The mean of x over pairs without NULL.", "regr_avgx(y, x)", "> SELECT regr_avgx(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x);\n 2.75", bindPairs("regr_avgx")),
		entry("regr_avgy", 2, 2, "3.3.0", "The mean of y over pairs without NULL.", "regr_avgy(y, x)", "> SELECT regr_avgy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x);\n 1.75", bindPairs("regr_avgy")),
		entry("regr_r2", 2, 2, "3.3.0", "The coefficient of determination.", "regr_r2(y, x)", "> SELECT regr_r2(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x);\n 0.2727272727272726", bindPairs("regr_r2")),
		entry("regr_sxx", 2, 2, "3.4.0", "regr_count(y, x) * var_pop(x) over pairs without NULL.", "regr_sxx(y, x)", "> SELECT regr_sxx(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x);\n 2.75", bindPairs("regr_sxx")),
		entry("regr_sxy", 2, 2, "3.4.0", "regr_count(y, x) * covar_pop(y, x) over pairs without NULL.", "regr_sxy(y, x)", "> SELECT regr_sxy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x);\n 0.75", bindPairs("regr_sxy")),
		entry("regr_syy", 2, 2, "3.4.0", "regr_count(y, x) * var_pop(y) over pairs without NULL.", "regr_syy(y, x)", "> SELECT regr_syy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x);\n 0.75", bindPairs("regr_syy")),
		entry("regr_slope", 2, 2, "3.4.0", "The slope of the line of least squares.", "regr_slope(y, x)", "> SELECT regr_slope(y, x) FROM VALUES (1,1), (2,2), (3,3) AS tab(y, x);\n 1.0", bindPairs("regr_slope")),
		entry("regr_intercept", 2, 2, "3.4.0", "The intercept of the line of least squares.", "regr_intercept(y, x)", "> SELECT regr_intercept(y, x) FROM VALUES (1,1), (2,2), (3,3) AS tab(y, x);\n 0.0", bindPairs("regr_intercept")),

		entry("percentile", 2, 3, "2.1.0", "The exact percentile, interpolated; with frequency each value counts so often.", "percentile(col, percentage [, frequency])",
			"> SELECT percentile(col, 0.3) FROM VALUES (0), (10) AS tab(col);\n 3.0", bindPercentile("percentile")),
		entry("median", 1, 1, "3.4.0", "The median.", "median(col)", "> SELECT median(col) FROM VALUES (0), (10) AS tab(col);\n 5.0", bindPercentile("median")),
		entry("percentile_cont", 2, 2, "4.0.0", "The percentile, interpolated, in the order of WITHIN GROUP.", "percentile_cont(percentage) WITHIN GROUP (ORDER BY col)",
			"> SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY col) FROM VALUES (0), (10) AS tab(col);\n 2.5", bindPercentile("percentile_cont")),
		entry("percentile_disc", 2, 2, "4.0.0", "The first value that reaches the percentage, in the order of WITHIN GROUP.", "percentile_disc(percentage) WITHIN GROUP (ORDER BY col)",
			"> SELECT percentile_disc(0.25) WITHIN GROUP (ORDER BY col) FROM VALUES (0), (10) AS tab(col);\n 0.0", bindPercentile("percentile_disc")),
		entry("percentile_approx", 2, 3, "2.1.0", "The smallest value that reaches the percentage.", "percentile_approx(col, percentage [, accuracy])",
			"> SELECT percentile_approx(col, 0.5, 100) FROM VALUES (0), (6), (7), (9), (10) AS tab(col);\n 7", bindApprox, "approx_percentile"),
		plain(empty(entry("approx_count_distinct", 1, 2, "1.6.0", "The estimated number of different values, by HyperLogLog++.", "approx_count_distinct(expr[, relativeSD])",
			"> SELECT approx_count_distinct(col1) FROM VALUES (1), (1), (2), (2), (3) tab(col1);\n 3", bindDistincts), int64(0))),
		plain(empty(entry("bitmap_construct_agg", 1, 1, "3.5.0", "A bitmap with the bits set whose positions come.", "bitmap_construct_agg(child)",
			"> SELECT substring(hex(bitmap_construct_agg(bitmap_bit_position(col))), 0, 6) FROM VALUES (1), (2), (3) AS tab(col);\n 070000", bindBitmap("bitmap_construct_agg", false)), make([]byte, bitmapBytes))),
		plain(empty(entry("bitmap_or_agg", 1, 1, "3.5.0", "The union of bitmaps.", "bitmap_or_agg(child)",
			"> SELECT substring(hex(bitmap_or_agg(col)), 0, 6) FROM VALUES (X'10'), (X'20'), (X'40') AS tab(col);\n 700000", bindBitmap("bitmap_or_agg", true)), make([]byte, bitmapBytes))),
		entry("count_min_sketch", 4, 4, "2.2.0", "A count-min sketch with a relative error, a confidence and a seed, as binary.", "count_min_sketch(col, eps, confidence, seed)",
			"> SELECT hex(count_min_sketch(col, 0.5d, 0.5d, 1)) FROM VALUES (1), (2), (1) AS tab(col);\n 0000000100000000000000030000000100000004000000005D8D6AB90000000000000000000000000000000200000000000000010000000000000000", bindMinSketch),
		entry("histogram_numeric", 2, 2, "3.3.0", "A histogram with nb bins of unequal width.", "histogram_numeric(expr, nb)",
			"> SELECT histogram_numeric(col, 5) FROM VALUES (0), (1), (2), (10) AS tab(col);\n [{\"x\":0,\"y\":1.0},{\"x\":1,\"y\":1.0},{\"x\":2,\"y\":1.0},{\"x\":10,\"y\":1.0}]", bindHistogram),
	)
}

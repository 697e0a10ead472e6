package operator

import (
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/types"
)

// calendarOr binds a difference of dates or timestamps: as before Spark 3.2 where the session asks for it.
func calendarOr(difference func(string, []function.Arg, cast.Mode) (*function.Bound, error), name string, args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	b, err := difference(name, args, mode)
	if err != nil || !args[0].Calendar {
		return b, err
	}
	b.Return = types.CalendarType
	if b.Args[0].Kind == types.Date {
		b.Eval = bind.Map2(b.Return, func(_ *function.Context, end, start int32) (types.Interval, error) {
			return between(int64(start), int64(end)), nil
		})
		return b, nil
	}
	b.Eval = bind.Map2(b.Return, func(_ *function.Context, end, start int64) (types.Interval, error) {
		return types.Interval{Micros: end - start}, nil
	})
	return b, nil
}

// between is the time from one day to another in whole months and the days that are left, as Java's Period counts them.
func between(start, end int64) types.Interval {
	y1, m1, d1 := cast.Civil(start)
	y2, m2, d2 := cast.Civil(end)
	months, days := (y2-y1)*12+m2-m1, d2-d1
	switch {
	case months > 0 && days < 0:
		months--
		days = int(end - cast.AddMonths(start, int64(months)))
	case months < 0 && days > 0:
		months++
		days -= cast.DaysInMonth(y2, m2)
	}
	return types.Interval{Months: int32(months), Days: int32(days)}
}

package pattern

import (
	"errors"
	"testing"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/sqlerr"
)

func TestParse(t *testing.T) {
	zone, err := cast.ParseZone("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	const changed, none = "changed", "NULL"
	for _, c := range []struct{ text, pattern, want string }{
		{"1", "yy", changed},
		{"-12", "yy", none},
		{"123", "yy", changed},
		{"1", "yyy", changed},
		{"1234567", "yyyyyyy", "changed pattern"},
		{"366", "D", none},
		{"9", "DD", changed},
		{"9", "DDD", changed},
		{"99", "DDD", changed},
		{"30-365", "dd-DDD", none},
		{"11-365", "MM-DDD", none},
		{"2019-366", "yyyy-DDD", none},
		{"12-30-365", "MM-dd-DDD", none},
		{"2020-01-365", "yyyy-dd-DDD", none},
		{"2020-10-350", "yyyy-MM-DDD", none},
		{"2020-11-31-366", "yyyy-MM-dd-DDD", none},
		{"2020-01-27T20:06:11.847", "yyyy-MM-dd HH:mm:ss.SSS", none},
		{"Unparseable", "yyyy-MM-dd HH:mm:ss.SSS", none},
		{"2016-12-31", "yyyy-MM-dd", "2016-12-31 00:00:00"},
		{"2019-10-06 10:11:12.", "yyyy-MM-dd HH:mm:ss.SSSSSS[zzz]", none},
		{"2019-10-06 10:11:12.0", "yyyy-MM-dd HH:mm:ss.SSSSSS[zzz]", "2019-10-06 10:11:12"},
		{"2019-10-06 10:11:12.12", "yyyy-MM-dd HH:mm:ss.SSSSSS[zzz]", "2019-10-06 10:11:12.12"},
		{"2019-10-06 10:11:12.123UTC", "yyyy-MM-dd HH:mm:ss.SSSSSS[zzz]", "2019-10-06 03:11:12.123"},
		{"2019-10-06 10:11:12.12345CST", "yyyy-MM-dd HH:mm:ss.SSSSSS[zzz]", "2019-10-06 08:11:12.12345"},
		{"2019-10-06 10:11:12.123456PST", "yyyy-MM-dd HH:mm:ss.SSSSSS[zzz]", "2019-10-06 10:11:12.123456"},
		{"2019-10-06 10:11:12.1234567PST", "yyyy-MM-dd HH:mm:ss.SSSSSS[zzz]", none},
		{"123456 2019-10-06 10:11:12.123456PST", "SSSSSS yyyy-MM-dd HH:mm:ss.SSSSSS[zzz]", "2019-10-06 10:11:12.123456"},
		{"223456 2019-10-06 10:11:12.123456PST", "SSSSSS yyyy-MM-dd HH:mm:ss.SSSSSS[zzz]", none},
		{"2019-10-06 10:11:12.1234", "yyyy-MM-dd HH:mm:ss.[SSSSSS]", "2019-10-06 10:11:12.1234"},
		{"2019-10-06 10:11:12", "yyyy-MM-dd HH:mm:ss[.SSSSSS]", "2019-10-06 10:11:12"},
		{"2019-10-06 10:11", "yyyy-MM-dd HH:mm[:ss.SSSSSS]", "2019-10-06 10:11:00"},
		{"2019-10-06S10:11:12.12345", "yyyy-MM-dd'S'HH:mm:ss.SSSSSS", "2019-10-06 10:11:12.12345"},
		{"12.12342019-10-06S10:11", "ss.SSSSyyyy-MM-dd'S'HH:mm", "2019-10-06 10:11:12.1234"},
		{"12.1232019-10-06S10:11", "ss.SSSSyyyy-MM-dd'S'HH:mm", none},
		{"12.1234019-10-06S10:11", "ss.SSSSy-MM-dd'S'HH:mm", "0019-10-06 10:11:12.1234"},
		{"2019-10-06T10:11:12'12", "yyyy-MM-dd'T'HH:mm:ss''SSSS", "2019-10-06 10:11:12.12"},
		{"'2019-10-06T10:11:12", "''yyyy-MM-dd'T'HH:mm:ss", "2019-10-06 10:11:12"},
		{"16", "dd", "1970-01-16 00:00:00"},
		{"02-29", "MM-dd", none},
		{"2019 40", "yyyy mm", "2019-01-01 00:40:00"},
		{"2019 10:10:10", "yyyy hh:mm:ss", "2019-01-01 10:10:10"},
		{"22 05 2020 Friday", "dd MM yyyy EEEEE", "changed pattern"},
		{"07/05/24 1:02 PM", "dd/MM/yy h:mm a", "2024-05-07 13:02:00"},
		{"20240507", "yyyyMMdd", "2024-05-07 00:00:00"},
		{"5 January 2024", "d MMMM yyyy", "2024-01-05 00:00:00"},
		{"2024-05-07T08:09:10+02:00", "yyyy-MM-dd'T'HH:mm:ssXXX", "2024-05-06 23:09:10"},
		{"2024-01-01 99", "yyyy-MM-dd HH", none},
	} {
		got := ""
		f, err := ForParsing(c.pattern, SimpleDateFormat)
		if err == nil {
			var micros int64
			if micros, err = f.Parse(c.text, zone); err == nil {
				got = cast.FormatTimestamp(micros, zone)
			}
		}
		switch {
		case errors.Is(err, ErrNoMatch):
			got = none
		case sqlerr.Is(err, "INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER"):
			got = changed
		case sqlerr.Is(err, "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION"):
			got = "changed pattern"
		case err != nil:
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q by %q: %s, want %s", c.text, c.pattern, got, c.want)
		}
	}
}

func TestFormat(t *testing.T) {
	zone, err := cast.ParseZone("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	read := func(s string) int64 {
		x, ok := cast.ParseTimestampNTZ([]byte(s))
		if !ok {
			t.Fatal(s)
		}
		return cast.LocalToInstant(x, zone)
	}
	old, summer := read("1582-05-31 19:40:35.123"), read("2024-07-05 00:09:10.123456")
	for _, c := range []struct {
		at            int64
		pattern, want string
	}{
		{old, "G GG GGG GGGG", "AD AD AD Anno Domini"},
		{old, "y yy yyy yyyy yyyyy yyyyyy", "1582 82 1582 1582 01582 001582"},
		{old, "q qq Q QQ QQQ QQQQ", "2 02 2 02 Q2 2nd quarter"},
		{old, "M MM MMM MMMM L LL", "5 05 May May 5 05"},
		{old, "E EE EEE EEEE F d dd D DDD", "Mon Mon Mon Monday 3 31 31 151 151"},
		{old, "H HH h hh k kk K KK", "19 19 7 07 19 19 7 07"},
		{old, "S SSS SSSSSS SSSSSSSSS a", "1 123 123000 123000000 PM"},
		{old, "VV z zzzz", "America/Los_Angeles PST Pacific Standard Time"},
		{old, "X XX XXX XXXX XXXXX", "-0752 -0752 -07:52 -075258 -07:52:58"},
		{old, "Z ZZZZ ZZZZZ O OOOO", "-0752 GMT-07:52:58 -07:52:58 GMT-7:52:58 GMT-07:52:58"},
		{summer, "h k K z X O", "12 24 0 PDT -07 GMT-7"},
		{summer, "[yyyy-MM-dd HH:mm:ss]", "2024-07-05 00:09:10"},
		{summer, "姚123'GyYqQMLwWuEFDdhHmsSaVzZxXOV'", "姚123GyYqQMLwWuEFDdhHmsSaVzZxXOV"},
		{summer, "''", "'"},
		{summer, "", ""},
	} {
		f, err := ForFormatting(c.pattern)
		if err != nil {
			t.Errorf("%q: %v", c.pattern, err)
			continue
		}
		if got := string(f.Append(nil, c.at, zone)); got != c.want {
			t.Errorf("%q gives %q, want %q", c.pattern, got, c.want)
		}
	}
}

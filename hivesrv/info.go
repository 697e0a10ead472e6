package hivesrv

import (
	"context"
	"fmt"
	"strings"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/engine"
)

func word(s string) func(*session) *hive.TGetInfoValue {
	return func(*session) *hive.TGetInfoValue { return &hive.TGetInfoValue{StringValue: &s} }
}

func small(n int16) func(*session) *hive.TGetInfoValue {
	return func(*session) *hive.TGetInfoValue { return &hive.TGetInfoValue{SmallIntValue: &n} }
}

func mask(n int32) func(*session) *hive.TGetInfoValue {
	return func(*session) *hive.TGetInfoValue { return &hive.TGetInfoValue{IntegerBitmask: &n} }
}

func size(n int32) func(*session) *hive.TGetInfoValue {
	return func(*session) *hive.TGetInfoValue { return &hive.TGetInfoValue{IntegerFlag: &n} }
}

// sparkVersion is the version whose behaviour is kept to; tools choose their SQL by it.
const sparkVersion = "3.5.3"

// infos answer every type of GetInfo, in the words of ODBC's SQLGetInfo, which they are taken from. 0 is no limit, or not known.
var infos = map[hive.TGetInfoType]func(*session) *hive.TGetInfoValue{
	hive.TGetInfoType_CLI_MAX_DRIVER_CONNECTIONS:    small(0),
	hive.TGetInfoType_CLI_MAX_CONCURRENT_ACTIVITIES: small(0),
	hive.TGetInfoType_CLI_DATA_SOURCE_NAME:          word(""),
	hive.TGetInfoType_CLI_FETCH_DIRECTION:           mask(1 | 2 | 8), // next, first, prior
	hive.TGetInfoType_CLI_SERVER_NAME:               word("Spark SQL"),
	hive.TGetInfoType_CLI_SEARCH_PATTERN_ESCAPE:     word(`\`),
	hive.TGetInfoType_CLI_DBMS_NAME:                 word("Spark SQL"),
	hive.TGetInfoType_CLI_DBMS_VER:                  word(sparkVersion),
	hive.TGetInfoType_CLI_ACCESSIBLE_TABLES:         word("Y"),
	hive.TGetInfoType_CLI_ACCESSIBLE_PROCEDURES:     word("N"),
	hive.TGetInfoType_CLI_CURSOR_COMMIT_BEHAVIOR:    small(2), // preserved
	hive.TGetInfoType_CLI_DATA_SOURCE_READ_ONLY:     word("N"),
	hive.TGetInfoType_CLI_DEFAULT_TXN_ISOLATION:     mask(8),  // serializable, per statement
	hive.TGetInfoType_CLI_IDENTIFIER_CASE:           small(4), // mixed: kept, and compared without
	hive.TGetInfoType_CLI_IDENTIFIER_QUOTE_CHAR:     word("`"),
	hive.TGetInfoType_CLI_MAX_COLUMN_NAME_LEN:       small(0),
	hive.TGetInfoType_CLI_MAX_CURSOR_NAME_LEN:       small(0),
	hive.TGetInfoType_CLI_MAX_SCHEMA_NAME_LEN:       small(0),
	hive.TGetInfoType_CLI_MAX_CATALOG_NAME_LEN:      small(0),
	hive.TGetInfoType_CLI_MAX_TABLE_NAME_LEN:        small(0),
	hive.TGetInfoType_CLI_SCROLL_CONCURRENCY:        mask(1), // read only
	hive.TGetInfoType_CLI_TXN_CAPABLE:               small(0),
	hive.TGetInfoType_CLI_USER_NAME: func(ss *session) *hive.TGetInfoValue {
		user := ss.User()
		return &hive.TGetInfoValue{StringValue: &user}
	},
	hive.TGetInfoType_CLI_TXN_ISOLATION_OPTION:       mask(8),
	hive.TGetInfoType_CLI_INTEGRITY:                  word("N"),
	hive.TGetInfoType_CLI_GETDATA_EXTENSIONS:         mask(3),     // any column, any order
	hive.TGetInfoType_CLI_NULL_COLLATION:             small(1),    // low: first when ascending
	hive.TGetInfoType_CLI_ALTER_TABLE:                mask(1 | 2), // add and drop columns
	hive.TGetInfoType_CLI_ORDER_BY_COLUMNS_IN_SELECT: word("N"),
	hive.TGetInfoType_CLI_SPECIAL_CHARACTERS:         word(""),
	hive.TGetInfoType_CLI_MAX_COLUMNS_IN_GROUP_BY:    small(0),
	hive.TGetInfoType_CLI_MAX_COLUMNS_IN_INDEX:       small(0),
	hive.TGetInfoType_CLI_MAX_COLUMNS_IN_ORDER_BY:    small(0),
	hive.TGetInfoType_CLI_MAX_COLUMNS_IN_SELECT:      small(0),
	hive.TGetInfoType_CLI_MAX_COLUMNS_IN_TABLE:       small(0),
	hive.TGetInfoType_CLI_MAX_INDEX_SIZE:             size(0),
	hive.TGetInfoType_CLI_MAX_ROW_SIZE:               size(0),
	hive.TGetInfoType_CLI_MAX_STATEMENT_LEN:          size(64 << 20),
	hive.TGetInfoType_CLI_MAX_TABLES_IN_SELECT:       small(0),
	hive.TGetInfoType_CLI_MAX_USER_NAME_LEN:          small(0),
	hive.TGetInfoType_CLI_OJ_CAPABILITIES:            mask(1 | 2 | 4 | 8 | 32 | 64), // left, right, full, nested, inner, all comparisons
	hive.TGetInfoType_CLI_XOPEN_CLI_YEAR:             word("1995"),
	hive.TGetInfoType_CLI_CURSOR_SENSITIVITY:         mask(1), // insensitive
	hive.TGetInfoType_CLI_DESCRIBE_PARAMETER:         word("N"),
	hive.TGetInfoType_CLI_CATALOG_NAME:               word("Y"),
	hive.TGetInfoType_CLI_COLLATION_SEQ:              word("UTF-8"),
	hive.TGetInfoType_CLI_MAX_IDENTIFIER_LEN:         small(0),
	hive.TGetInfoType_CLI_ODBC_KEYWORDS: func(*session) *hive.TGetInfoValue {
		words := strings.Join(engine.Keywords(), ",")
		return &hive.TGetInfoValue{StringValue: &words}
	},
}

// GetInfo answers what the server is and can do.
func (s *service) GetInfo(ctx context.Context, r *hive.TGetInfoReq) (*hive.TGetInfoResp, error) {
	ss, err := s.session(ctx, r.SessionHandle)
	if err != nil {
		return &hive.TGetInfoResp{Status: statusOf(err), InfoValue: nothing()}, nil
	}
	value := infos[r.InfoType]
	if value == nil {
		return &hive.TGetInfoResp{Status: refusal("HY096", fmt.Sprintf("Unrecognized GetInfoType value: %d", r.InfoType)), InfoValue: nothing()}, nil
	}
	return &hive.TGetInfoResp{Status: success(), InfoValue: value(ss)}, nil
}

// nothing is the value of a refused GetInfo: the field is required, and a union must have one member.
func nothing() *hive.TGetInfoValue {
	empty := ""
	return &hive.TGetInfoValue{StringValue: &empty}
}

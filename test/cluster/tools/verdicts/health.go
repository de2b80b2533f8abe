package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	luajson "layeh.com/gopher-json"
)

// What Argo CD knows as health; anything else that a script answers counts as Unknown there.
var healths = []string{"Unknown", "Progressing", "Suspended", "Healthy", "Degraded", "Missing"}

// health runs a health script as Argo CD does: one second at most, with no library but base, package and table (its
// own os has the clock and nothing else, and is not offered here), and the object as the global `obj`. An object that
// is being deleted is Progressing before any script is asked.
func health(object *unstructured.Unstructured, script string) (*verdict, error) {
	if object.GetDeletionTimestamp() != nil {
		return &verdict{"Progressing", "Pending deletion"}, nil
	}
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage,
		lua.BaseLibName: lua.OpenBase,
		lua.TabLibName:  lua.OpenTable,
	} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			return nil, err
		}
	}
	limit, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(limit)
	state.SetGlobal("obj", valueOf(state, object.Object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	returned := state.Get(-1)
	if returned.Type() != lua.LTTable {
		return nil, fmt.Errorf("expect table output, not %s", returned.Type())
	}
	text, err := luajson.Encode(returned)
	if err != nil {
		return nil, err
	}
	said := &verdict{}
	if err := json.Unmarshal(text, said); err != nil {
		return nil, err
	}
	if !slices.Contains(healths, said.Status) {
		return &verdict{"Unknown", "Lua returned an invalid health status"}, nil
	}
	return said, nil
}

// valueOf turns what UnmarshalJSON made into what a script sees.
func valueOf(state *lua.LState, value any) lua.LValue {
	switch known := value.(type) {
	case bool:
		return lua.LBool(known)
	case float64:
		return lua.LNumber(known)
	case int64:
		return lua.LNumber(known)
	case string:
		return lua.LString(known)
	case []any:
		list := state.CreateTable(len(known), 0)
		for _, item := range known {
			list.Append(valueOf(state, item))
		}
		return list
	case map[string]any:
		table := state.CreateTable(0, len(known))
		for key, item := range known {
			table.RawSetH(lua.LString(key), valueOf(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}

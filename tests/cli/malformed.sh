#!/usr/bin/env bash
# malformed.sh WHITEWATER: bad options, tokens, scenarios and cases are refused with status 2.
#
# Each line of the table is: a word that the message must contain | a word of the remedy | the command.
# Nothing may be run or written, and nothing may crash or hang.
set -uo pipefail
whitewater=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

yaml() { printf '%b' "$2" >"$1.yaml"; }
base='name: mine\nsummary: one of mine\nhosts: 3\n'
yaml unknown-key "${base}hots: 3\n"
yaml bad-type "name: mine\nsummary: x\nhosts: three\n"
yaml too-many "name: mine\nsummary: x\nhosts: 9999\n"
yaml no-unit "${base}engine:\n  election_timeout: 1000\n"
yaml bad-range "name: mine\nsummary: x\nhosts: 7..3\n"
yaml bad-fault "${base}faults:\n  crahs:\n    every: 1s..2s\n"
yaml bad-fault-field "${base}faults:\n  crash:\n    evry: 1s..2s\n"
yaml bad-ratio "${base}faults:\n  loss:\n    ratio: 3/2\n"
yaml bad-property "${base}judges: [vote-onse]\n"
yaml voters "${base}voters: 5\n"
yaml twice "${base}hosts: 5\n"
yaml list "- a\n- b\n"
yaml empty ''
yaml anchor "${base}x: &a [1]\ny: *a\n"
yaml broken "${base}engine: {election_timeout: 1s\n"
yaml heartbeat "${base}engine:\n  heartbeat_interval: 900ms\n"
head -c 2000000 /dev/zero | tr '\0' '#' >huge.yaml
head -c 200000 /dev/zero | tr '\0' '[' >deep.yaml
printf '\xff\xfe\x00binary' >binary.yaml
mkdir folder.yaml

cluster='replication: {failover: supervised}\ngroups: {g: {replicasets: {r: {instances: {a: {}, b: {}}}}}}\n'
yaml cluster "$cluster"
yaml no-cluster 'groups: {}\n'
yaml typing-error "${cluster}failovr: {}\n"
yaml priorities "${cluster}failover: {replicasets: {r: {priorities: {a: 1}}}}\n"
yaml quoted "${cluster}failover:\n  replicasets:\n    r:\n      priority: {a: '5'}\n"
yaml stranger "${cluster}failover: {replicasets: {r: {priority: {c: 1}}}}\n"
yaml upper-case "groups: {g: {replicasets: {r: {instances: {A: {}}}}}}\n"
yaml all-anonymous "${cluster}replication: {anon: true}\n"
yaml hostile "${cluster}$(printf '\033[2J%300s' x | tr ' ' 'y'): 1\n"
{
  yes 'a: 1' | head -60000
  printf 'groups: {}\n'
} >many.yaml

printf '{' >truncated.case
printf '[]' >array.case
printf '{"format":1}' >bare.case
printf '{"format":99,"token":"steady@1"}' >future.case
head -c 300000 /dev/zero | tr '\0' '[' >deep.case
printf '\x00\x01\x02' >binary.case
: >empty.case

failures=0
count=0
refused() {
  local place=$1 remedy=$2 output status
  shift 2
  count=$((count + 1))
  output=$(timeout 20 "$whitewater" "$@" 2>&1)
  status=$?
  if [ "$status" -ne 2 ]; then
    echo "FAILED: 'whitewater $*' ended with status $status, expected 2: $output"
    failures=$((failures + 1))
  elif [[ $output != *"$place"* || $output != *"$remedy"* ]]; then
    echo "FAILED: 'whitewater $*' does not say '$place' and '$remedy': $output"
    failures=$((failures + 1))
  fi
  if [ -e whitewater-out ]; then
    echo "FAILED: 'whitewater $*' left something behind"
    failures=$((failures + 1))
    rm -rf whitewater-out
  fi
}

# Options.
refused rnu run rnu
refused --sedes --seed run --sedes 1..2
refused --jsn --json run --jsn x
refused --seeds 'lower first' run steady --seeds 5..1
refused --seeds 1..100 run steady --seeds five
refused --seed random run steady --seed -1
refused --seed number run steady --seed 99999999999999999999999
refused --part 2/8 run steady --part 3/2
refused --part 2/8 run steady --part 0/2
refused --part 2/8 run steady --part x
refused --time-limit 60s run steady --time-limit soon
refused --time-limit 60s run steady --time-limit 99999999999999s
refused --runs '' run steady --runs 0
refused --jobs '' run steady --jobs many
refused --set key=value run steady --set hosts
refused hots hosts run steady --set hots=3
refused name=x 'changes what is run' run steady --set name=x
refused hosts found run steady --set hosts=many
refused workload.clients found run steady --set workload.clients=-1
refused --runs 'one of the two' run steady --seeds 1..2 --runs 3
refused --trace 'one' run steady --seeds 1..2 --trace t
refused /nowhere 'cannot write' run steady --runs 1 --json /nowhere/x.json
refused scenarioes 'not in' list scenarioes
refused case '' replay
refused stedy steady fuzz stedy
refused bad-type.yaml:3 expected fuzz ./bad-type.yaml
refused --sedes --seed fuzz --sedes 1..2
refused steady 'no further word' fuzz migration/replace steady
refused --time-limit 60s fuzz --time-limit soon
refused hots hosts fuzz --set hots=3
refused coordinated "one of both" fuzz failover/from-nothing
refused --trace 'one' fuzz --runs 2 --trace t
refused stedy steady replay fuzz:stedy@1
refused 'fuzz:fuzz:steady' SCENARIO@SEED replay fuzz:fuzz:steady@1
# Scenarios.
refused stady steady run stady
refused ./absent.yaml '' run ./absent.yaml
refused unknown-key.yaml:4 hosts run ./unknown-key.yaml
refused bad-type.yaml:3 expected run ./bad-type.yaml
refused too-many.yaml:3 expected run ./too-many.yaml
refused no-unit.yaml:5 expected run ./no-unit.yaml
refused bad-range.yaml:3 expected run ./bad-range.yaml
refused bad-fault.yaml:5 crash run ./bad-fault.yaml
refused bad-fault-field.yaml:6 every run ./bad-fault-field.yaml
refused bad-ratio.yaml:6 expected run ./bad-ratio.yaml
refused vote-onse vote-once run ./bad-property.yaml
refused voters hosts run ./voters.yaml
refused twice.yaml:4 hosts run ./twice.yaml
refused list.yaml map run ./list.yaml
refused empty.yaml '' run ./empty.yaml
refused anchor.yaml '' run ./anchor.yaml
refused broken.yaml '' run ./broken.yaml
refused heartbeat election_timeout run ./heartbeat.yaml
refused huge.yaml bytes run ./huge.yaml
refused deep.yaml '' run ./deep.yaml
refused binary.yaml '' run ./binary.yaml
refused folder.yaml 'not a regular file' run ./folder.yaml
# Places that cannot be written, and options that contradict each other.
refused --trace 'make it first' run steady --runs 1 --trace absent/t
refused --trace 'make it first' replay steady@1 --trace absent/t
refused --trace folder replay steady@1 --trace folder.yaml
refused --junit 'make it first' run steady --runs 1 --junit absent/j
refused --out folder run steady --runs 1 --out truncated.case/out
refused --json 'make it first' bench --json absent/j
refused hosts 'each key once' run steady --set hosts=3 --set hosts=5
refused --seeds --seed run steady --seed 3 --seeds 1..2
refused --time-limit 60s run steady --time-limit 0s
refused more word bench more
# Tokens.
refused steady SCENARIO@SEED replay steady
refused steady@x seed replay steady@x
refused stady steady replay stady@1
refused hots hosts replay 'steady@1?hots=3'
refused hosts '' replay 'steady@1?hosts'
refused hosts found replay 'steady@1?hosts=zero'
refused '' '' replay ''
refused '' '' replay "steady@1?$(head -c 100000 /dev/zero | tr '\0' 'a')=1"
# Cases.
refused absent.case 'cannot read' replay absent.case
refused truncated.case '' replay truncated.case
refused array.case expected replay array.case
refused bare.case token replay bare.case
refused future.case 99 replay future.case
refused deep.case '' replay deep.case
refused binary.case '' replay binary.case
refused empty.case '' replay empty.case

# Configurations of supervised failover.
refused config '' bootstrap
refused absent.yaml 'cannot read' bootstrap absent.yaml
refused folder.yaml 'not a regular file' bootstrap folder.yaml
refused --profile tarantool-3.4 bootstrap cluster.yaml --profile tarantool-3.5
refused --profil --profile bootstrap cluster.yaml --profil tarantool-3.4
refused "'z'" expected bootstrap cluster.yaml --instance z
refused --json 'make it first' bootstrap cluster.yaml --json absent/j
refused cluster.yaml 'no further word' bootstrap cluster.yaml cluster.yaml
refused no-cluster.yaml:1 E_EMPTY bootstrap no-cluster.yaml
refused typing-error.yaml:3 failover bootstrap typing-error.yaml
refused priorities.yaml:3 priority bootstrap priorities.yaml
refused quoted.yaml:6 E_SCHEMA_TYPE bootstrap quoted.yaml
refused stranger.yaml:3 E_INST_UNKNOWN bootstrap stranger.yaml
refused upper-case.yaml:1 E_NAME_INVALID bootstrap upper-case.yaml
refused all-anonymous.yaml:2 E_ALL_ANON bootstrap all-anonymous.yaml
refused hostile.yaml:3 E_SCHEMA_UNKNOWN_FIELD bootstrap hostile.yaml
refused many.yaml values bootstrap many.yaml
refused list.yaml map bootstrap list.yaml
refused empty.yaml map bootstrap empty.yaml
refused anchor.yaml anchor bootstrap anchor.yaml
refused broken.yaml E_YAML bootstrap broken.yaml
refused huge.yaml bytes bootstrap huge.yaml
refused deep.yaml nested bootstrap deep.yaml
refused binary.yaml E_YAML bootstrap binary.yaml
refused stranger.yaml:3 expected bootstrap stranger.yaml --json stranger.json
if [ -e stranger.json ]; then
  echo "FAILED: a refused configuration left its --json file"
  failures=$((failures + 1))
fi

echo "$count malformed inputs, $failures not refused as they should be"
[ "$failures" -eq 0 ] && [ "$count" -ge 40 ]

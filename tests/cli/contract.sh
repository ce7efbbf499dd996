#!/usr/bin/env bash
# contract.sh WHITEWATER: what scripts rely on: exit statuses, JSON, JUnit, parts, replay, help.
set -uo pipefail
whitewater=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failures=0
fail() {
  echo "FAILED: $1"
  failures=$((failures + 1))
}
# ends STATUS WORDS...: runs the program; its output is in $output.
ends() {
  local expected=$1 status
  shift
  output=$(timeout 120 "$whitewater" "$@" 2>errors)
  status=$?
  [ "$status" -eq "$expected" ] ||
    fail "'whitewater $*' ended with $status, expected $expected: $output $(cat errors)"
}
has() { [[ $output == *"$1"* ]] || fail "no '$1' in: $output"; }

ends 0 --version
has source
ends 0 --help
has replay
for command in run replay fuzz bootstrap list bench; do
  ends 0 "$command" --help
  has Examples
done
for what in scenarios properties faults sites keys; do ends 0 list "$what"; done

# A run: one object a line, the summary last, nothing else on standard output.
ends 0 run steady --seeds 1..3 --jobs 2 --json -
[ "$(grep -c '^{' <<<"$output")" -eq 4 ] || fail "not four objects: $output"
[ "$(grep -vc '^{' <<<"$output")" -eq 0 ] || fail "standard output holds more than JSON"
tail -1 <<<"$output" | grep -q '^{"summary":' || fail "the last line is no summary"
for key in token scenario seed verdict property message fingerprint events decisions virtual_ns \
  wall_ns reached judged suppressed_faults case_file signature; do
  head -1 <<<"$output" | grep -q "\"$key\":" || fail "no key $key"
done
first=$(head -1 <<<"$output" | sed 's/.*"fingerprint":"\([0-9a-f]*\)".*/\1/')

# The same cases again, in other processes, in another order: the same fingerprints, in order.
fingerprints() { sed -n 's/.*"fingerprint":"\([0-9a-f]*\)".*"token":"\([^"]*\)".*/\2 \1/p'; }
fingerprints <<<"$output" >jobs2
ends 0 run steady --seeds 1..3 --jobs 1 --json -
fingerprints <<<"$output" >jobs1
diff jobs1 jobs2 || fail "results depend on the number of jobs"

# Parts add up to the whole.
ends 0 run steady --seeds 1..3 --part 1/2 --json -
fingerprints <<<"$output" >part
ends 0 run steady --seeds 1..3 --part 2/2 --json -
fingerprints <<<"$output" >>part
sort part | diff - <(sort jobs1) || fail "the parts do not add up to the whole"

# Generated sequences: the same for a seed in any number of processes, and from their tokens.
ends 0 fuzz --seeds 1..6 --jobs 3 --json -
fingerprints <<<"$output" >fuzzed
[ "$(cut -d' ' -f1 fuzzed | sort -u | wc -l)" -eq 6 ] || fail "six seeds are not six sequences"
grep -q 'fuzz:migration/replace@6 ' fuzzed || fail "no token of a fuzzed sequence: $(cat fuzzed)"
ends 0 fuzz --seeds 1..6 --jobs 1 --json -
fingerprints <<<"$output" | diff fuzzed - || fail "sequences depend on the number of jobs"
ends 0 replay fuzz:migration/replace@6 --json -
fingerprints <<<"$output" | diff <(tail -1 fuzzed) - || fail "a fuzzed token is another run"
ends 0 fuzz bootstrap/priority --runs 4 --check-determinism
has '4 passed'

# A part may be empty, and says so.
ends 0 run steady --runs 1 --part 2/2
has 'is empty'

# Runs are spread over the scenarios; settings become part of the token.
ends 0 run steady single-voter --runs 4 --set workload.clients=2 --json -
has '"token":"single-voter@2?workload.clients=2"'

# Replay of a token: the same fingerprint; its trace is written; the run says that it passes.
ends 0 replay steady@1 --json result.json --trace steady.trace
has passes
grep -q "\"fingerprint\":\"$first\"" result.json || fail "a replay has another fingerprint"
[ -s steady.trace ] || fail "no trace was written"
ends 0 run steady --runs 1 --trace again.trace --quiet
cmp -s steady.trace again.trace || fail "the traces of run and replay differ"

# A case whose process dies, which its scenario expects: run and replay say the same of it, and the
# trace goes up to the end.
ends 0 run amnesia --seeds 1..300 --jobs 2 --json -
died=$(grep '"property":"no-crash"' <<<"$output" | head -1)
[ -n "$died" ] || fail "no process died in 300 runs of amnesia"
token=$(sed 's/.*"token":"\([^"]*\)".*/\1/' <<<"$died")
ends 0 replay "$token" --json died.json --trace died.trace
has "no-crash: raft/"
has "$token: ends as its scenario expects, violating no-crash (its process died"
[[ $output != *passes* ]] || fail "a case that died is said to pass: $output"
for key in verdict property message fingerprint events signature; do
  value() { grep -o "\"$key\":\(\"[^\"]*\"\|[0-9]*\)" <<<"$1" | head -1; }
  [ "$(value "$died")" = "$(value "$(head -1 died.json)")" ] || fail "run and replay differ in $key"
done
[ -s died.trace ] || fail "no trace of a case that died"

# JUnit, time limit, random seed.
ends 0 run steady --runs 2 --junit junit.xml --quiet
grep -q '<testcase classname="whitewater" name="steady"' junit.xml || fail "no test case in JUnit"
ends 0 run steady --seed random --runs 1
has 'seed '
ends 0 run steady --runs 100000 --time-limit 1s --jobs 2
has runs:
ends 0 run steady --runs 1 --check-determinism
# A scenario of one's own.
printf 'name: mine\nsummary: one of mine\nhosts: 3\nphases:\n  chaos: 5s\n' >mine.yaml
ends 0 run ./mine.yaml --runs 2 --json -
has '"token":"./mine.yaml@1"'
# A setting takes one word; the next is a scenario.
ends 0 run --set hosts=3 steady --runs 1 --json -
has '"token":"steady@1?hosts=3"'
# A full disk is said, and a device stays a device.
ends 4 run steady --runs 30 --json /dev/full
grep -q 'is not whole: No space left' errors || fail "a full disk was not named: $(cat errors)"
mkfifo pipe
cat pipe >through_pipe &
ends 0 run steady --runs 1 --junit pipe --quiet
wait
[ -p pipe ] || fail "a pipe was replaced by a file"
grep -q '<testcase' through_pipe || fail "a pipe got no JUnit"
# More workers than files may be open: raised where it may be, else the harness failed.
status=0
(ulimit -n 40 && "$whitewater" run steady --runs 200 --jobs 64 --quiet) 2>errors || status=$?
[ "$status" -eq 4 ] || fail "without files to open: ended with $status, expected 4: $(cat errors)"
(ulimit -S -n 40 && "$whitewater" run steady --runs 200 --jobs 64 --quiet) ||
  fail "the soft limit of open files was not raised"
# The first interrupt ends a campaign with its summary.
timeout --foreground --signal=INT 2 "$whitewater" run steady --runs 1000000 --jobs 2 >interrupted 2>errors
grep -q 'passed (in' interrupted || fail "no summary after an interrupt"
grep -q 'interrupted after' errors || fail "an interrupt was not told"
ends 0 list sites
has faults.suppressed
# What a scenario declares and never judges is an error when asked for.
printf 'name: mine\nsummary: x\nhosts: 3\nphases:\n  chaos: 5s\njudges: [truncation-legal]\n' >idle.yaml
ends 4 run ./idle.yaml --runs 1 --require-judged
ends 0 run ./idle.yaml --runs 1
# Nor is what it expects and never sees passed over; the profile is part of the token.
printf 'name: mine\nsummary: x\nhosts: 3\nphases:\n  chaos: 5s\nexpect: [vote-once]\n' >never.yaml
ends 4 run ./never.yaml --runs 1 --require-expected
has 'expected, never seen  ./never.yaml: vote-once'
ends 0 run ./never.yaml --runs 1
ends 0 run steady --runs 1 --set engine.profile=dragonboat-v4 --json -
has '"token":"steady@1?engine.profile=dragonboat-v4"'
ends 2 run steady --runs 1 --set engine.profile=dragonbot-v4
grep -q "did you mean 'dragonboat-v4'" errors || fail "a profile was not named: $(cat errors)"
ends 2 run steady --runs 1 --set engine.without=pre-votes
grep -q "did you mean 'pre-vote'" errors || fail "a rule was not named: $(cat errors)"
# Annotations for GitHub are a summary even when nothing failed.
GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$scratch/summary.md ends 0 run steady --runs 1 --quiet
grep -q '1 runs' summary.md || fail "no step summary"

# Bootstrap by priority: text for people, one object for programs, warnings beside both.
instances='instance-001: {}, instance-002: {}, instance-003: {}, instance-004: {}, instance-005: {}'
cat >cluster.yaml <<EOF
replication: {failover: supervised}
failover:
  replicasets:
    replicaset-001:
      priority: {instance-002: 5, instance-003: -3, instance-004: 3, instance-005: 4}
groups: {group-001: {replicasets: {replicaset-001: {instances: {$instances}}}}}
EOF
ends 0 bootstrap cluster.yaml
has 'tarantool-3.4): instance-002'
has 'priority 0 (not listed)'
has '3 of 5 connections'
has 'The others wait for instance-002; nobody stands in for it.'
[ -s errors ] && fail "warnings without a reason: $(cat errors)"
ends 0 bootstrap cluster.yaml --json - --instance instance-004
[ "$(wc -l <<<"$output")" -eq 1 ] || fail "not one object: $output"
has '{"replicasets":{"replicaset-001":{"leader":"instance-002","order":["instance-002","instance-005","instance-004","instance-001","instance-003"],"why":"'
has '"warnings":[]}'
printf 'failover: {lease_interval: 5, replicasets: {replicaset-001: {learners: [instance-001]}}}\n' |
  cat <(grep -v -A3 '^failover' cluster.yaml | grep -v '^ ') - >learners.yaml
ends 0 bootstrap learners.yaml --profile tarantool-3.3 --json 33.json
grep -q '"leader":"instance-001"' 33.json || fail "a learner was not chosen in 3.3: $(cat 33.json)"
grep -q 'renew_interval' errors || fail "no warning of a harmful interval"
ends 0 bootstrap learners.yaml --json -
has '"leader":"instance-002"'
has '"warnings":["failover.renew_interval (10 s) is not below'
ends 2 bootstrap cluster.yaml --instance nobody --json -
has '{"error":{"code":"E_INST_UNKNOWN","message":"'
sed 's/instance-003: -3/instance-003: none/' cluster.yaml >wrong.yaml
ends 2 bootstrap wrong.yaml --json -
has '"code":"E_SCHEMA_TYPE"'
has '"file":"wrong.yaml","line":5'
# Nobody eligible is an answer, and no error.
sed 's/priority: .*/learners: [instance-001, instance-002, instance-003, instance-004, instance-005]/' \
  cluster.yaml >nobody.yaml
ends 0 bootstrap nobody.yaml --json -
has '"leader":null,"order":[],"why":"nobody is eligible'

[ "$failures" -eq 0 ] && echo "the contract holds"

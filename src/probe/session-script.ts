/**
 * The shell functions that a probe session runs on; POSIX sh, so that dash, ash and bash all do.
 * Every answer is one line below 4 096 bytes, which a pipe takes whole: probes that run side by side cannot mix their answers.
 */
export const SESSION_SCRIPT = [
  // A reader that is gone must not end the shell: the answer says so instead.
  `trap '' PIPE`,
  // h ID SECONDS CURL-ARGUMENT...: an HTTP question whose body is of no interest. (A format that begins with @ would be a file's name.)
  `h() { i=$1 d=$2; shift 2; curl -s -o /dev/null --max-time "$d" -w "\\n@$i %{exitcode} %{http_code} %{local_port} %{errormsg}\\n" "$@" 2>/dev/null & }`,
  // b ID SECONDS CURL-ARGUMENT...: the same with the answer's headers and body before it, in base64 lines, at most 4 MiB.
  // curl writes to stderr piece by piece, which mixes with the lines of others: its summary goes the way of the body.
  `b() { i=$1 d=$2; shift 2; { curl -s -i --max-time "$d" -w "\\n@@%{exitcode} %{http_code} %{local_port} %{errormsg}" "$@" 2>/dev/null | head -c 4194304 | base64 -w 3000 | awk -v p="+$i " '{ print p $0; fflush() } END { print p "." }'; } & }`,
  // t ID SECONDS LOCAL-PORT HOST:PORT LINE: a TCP question, the line percent-encoded. Gopher is a line sent at once and everything that
  // comes back until the server closes: raw TCP, where curl's telnet looks at its stdin ten times a second only.
  // Our side stays open until the reply or the deadline: closing it with the question makes a proxy drop the connection,
  // which looks like a refusal.
  `t() { ( f=/dev/shm/$1; mkfifo "$f"`,
  `curl -sN --max-time "$2" --local-port "$3" "gopher://$4/1$5" >"$f" 2>/dev/null & c=$!`,
  `exec 4<"$f"; rm -f "$f"; r=`,
  `if IFS= read -r r <&4; then kill "$c" 2>/dev/null; wait "$c" 2>/dev/null; x=0; else wait "$c"; x=$?; fi`,
  `echo "@$1 $x 0 $3 $r" ) 2>/dev/null & }`,
  'echo @ready',
  '',
].join('\n')

/** Quotes one word for the shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

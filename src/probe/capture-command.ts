/** What ends the process in the pod, written to its stdin; its end does the same. */
export const QUIT = 'q\n'
/** Keeps the process in the pod alive, and has tcpdump say how many packets it lost. */
export const BEAT = '.\n'
/** What the shell that holds a tcpdump of ours is called, to be found under /proc. */
const NAME = 'meshproof-capture'
/** Marks our tcpdump's environment. */
const MARK = 'MESHPROOF_CAPTURE'
/** Kernel buffer, KiB: room for a burst while the node's processors are busy. */
const BUFFER_KIB = 16 * 1024

interface CommandOptions {
  readonly device: string
  readonly ports: readonly number[]
  /** Without a beat for so long the process in the pod takes the link for dead, in seconds; 30 unless said. */
  readonly silenceS?: number
  /**
   * Bytes kept of each packet; all of it unless said. The kernel's buffer holds so many packets more as each takes less of it, which
   * counts where the processors are busy and only small messages matter.
   */
  readonly snapLength?: number
}

/**
 * The command that runs tcpdump in a pod and never leaves it behind: it ends with QUIT, with stdin, or when the beats stop
 * (a killed client, a dead link). A marked tcpdump that lost its shell is an earlier run's and is ended first; no other is touched.
 * Needs sh, grep, timeout, tcpdump, and root or a sudo without password.
 */
export function captureCommand({ device, ports, silenceS = 30, snapLength = 0 }: CommandOptions): string[] {
  const filter = `tcp and (${ports.map((port) => `port ${port}`).join(' or ')})`
  return ['sh', '-c', AS_ROOT, NAME, CAPTURE, device, filter, String(silenceS), String(snapLength)]
}

const AS_ROOT = `
script=$1; shift
if [ "$(id -u)" = 0 ]; then exec sh -c "$script" ${NAME} "$@"; fi
exec sudo -n sh -c "$script" ${NAME} "$@"`

const SWEEP = `
for file in $(grep -ls '${MARK}=' /proc/[0-9]*/environ 2>/dev/null); do
  old=\${file#/proc/}; old=\${old%/environ}
  read -r _ name _ parent _ <"/proc/$old/stat" || continue
  [ "$name" = '(tcpdump)' ] || continue
  grep -qs ${NAME} "/proc/$parent/cmdline" || kill "$old"
done 2>/dev/null`

// The watch reads stdin through descriptor 3 because a shell gives its background jobs an empty one. Whatever it starts it also
// waits for: a proxy container's first process reaps no orphans, they would stay there as zombies.
const CAPTURE = `
PATH=$PATH:/usr/sbin:/sbin
silence=$3
exec 3<&0
${SWEEP}
${MARK}=1 tcpdump -n -U --immediate-mode -s "$4" -B ${BUFFER_KIB} -w - -i "$1" "$2" 3<&- &
pid=$!
{
  trap 'kill $!; wait $!; exit' TERM
  beat() { timeout "$silence" sh -c 'read -r word && [ "$word" = . ]' <&3 & wait $!; }
  while beat; do kill -USR1 $pid; done
  kill $pid
  sleep 2 & wait $!
  kill -9 $pid
} >/dev/null 2>&1 &
watch=$!
wait $pid
code=$?
kill $watch 2>/dev/null
wait $watch
exit $code`

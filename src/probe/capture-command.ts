/** What ends the process in the pod, written to its stdin; its end does the same. */
export const QUIT = 'q'
/** Keeps the process in the pod alive, and has tcpdump say how many packets it lost. */
export const BEAT = '.'
/** Without a beat for so long the process in the pod takes the link for dead; seconds. */
const SILENCE_S = 30
/** What the shell that holds a tcpdump of ours is called, to be found under /proc. */
const NAME = 'meshproof-capture'
/** Marks our tcpdump's environment. */
const MARK = 'MESHPROOF_CAPTURE'
/** Kernel buffer, KiB: room for a burst while the node's processors are busy. */
const BUFFER_KIB = 16 * 1024

/**
 * The command that runs tcpdump in a pod and never leaves it behind: it ends with QUIT, with stdin, or when the beats stop
 * (a killed client, a dead link). A marked tcpdump that lost its shell is an earlier run's and is ended first; no other is touched.
 * Needs sh, grep, dd, timeout, tcpdump, and root or a sudo without password.
 */
export function captureCommand(device: string, ports: readonly number[]): string[] {
  const filter = `tcp and (${ports.map((port) => `port ${port}`).join(' or ')})`
  return ['sh', '-c', AS_ROOT, NAME, CAPTURE, device, filter]
}

const AS_ROOT = `
if [ "$(id -u)" = 0 ]; then exec sh -c "$1" ${NAME} "$2" "$3"; fi
exec sudo -n sh -c "$1" ${NAME} "$2" "$3"`

const SWEEP = `
for file in $(grep -ls '${MARK}=' /proc/[0-9]*/environ 2>/dev/null); do
  old=\${file#/proc/}; old=\${old%/environ}
  read -r _ name _ parent _ <"/proc/$old/stat" || continue
  [ "$name" = '(tcpdump)' ] || continue
  grep -qs ${NAME} "/proc/$parent/cmdline" || kill "$old"
done 2>/dev/null`

// The watch reads stdin through descriptor 3 because a shell gives its background jobs an empty one.
const CAPTURE = `
PATH=$PATH:/usr/sbin:/sbin
exec 3<&0
${SWEEP}
${MARK}=1 tcpdump -n -U --immediate-mode -s 0 -B ${BUFFER_KIB} -w - -i "$1" "$2" 3<&- &
pid=$!
{
  while :; do
    case "$(timeout ${SILENCE_S} dd bs=64 count=1 2>/dev/null)" in
      ''|*${QUIT}*) break ;;
      *) kill -USR1 $pid ;;
    esac
  done
  kill $pid
  sleep 2
  kill -9 $pid
} <&3 >/dev/null 2>&1 3<&- &
watch=$!
wait $pid
code=$?
kill $watch 2>/dev/null
exit $code`

import { existsSync } from 'node:fs'
import { Argument, type Command } from 'commander'
import { EXIT, type ExitCode } from '../exit.ts'
import { addCommand, type Globals, type Register } from '../register.ts'
import { isHostile } from '../render/safe.ts'
import { DEFAULT_STORE, openExisting, storePath } from '../store.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** `podtrail completion SHELL` */
export function completion(register: Register): void {
  addCommand(register, 'completion', 'print a completion script for your shell', [
    'source <(podtrail completion bash)',
    'podtrail completion zsh > "$HOME/.zfunc/_podtrail"',
    'podtrail completion fish > ~/.config/fish/completions/podtrail.fish',
  ])
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(SCRIPTS[shell])
      register.finish(EXIT.ok)
    })
}

/** Prints what the last of the words may become, one candidate a line. Whatever is wrong, it stays silent. */
export async function complete(program: Command, args: readonly string[]): Promise<ExitCode> {
  const words = args[0] === '--' ? args.slice(1) : args
  const before = words.slice(0, -1)
  const current = words.at(-1) ?? ''
  let candidates: readonly string[] = []
  try {
    candidates = await candidatesFor(program, before, current)
  } catch {
    // A broken store is for the command itself to report, not for a key press.
  }
  const fitting = candidates.filter((one) => one.startsWith(current) && !isHostile(one))
  process.stdout.write([...new Set(fitting)].map((one) => `${one}\n`).join(''))
  return EXIT.ok
}

async function candidatesFor(
  program: Command,
  before: readonly string[],
  current: string,
): Promise<readonly string[]> {
  const command = program.commands.find((one) => before.includes(one.name()))
  const options = [...(command?.options ?? []), ...program.options]
  const previous = before.at(-1)
  const open = options.find(
    ({ short, long }) => previous !== undefined && (previous === short || previous === long),
  )
  if (open?.required === true) return open.argChoices ?? []
  if (current.startsWith('-')) return [...options.flatMap(({ long }) => long ?? []), '--help']
  if (command === undefined) return program.commands.map((one) => one.name())
  const choices = command.registeredArguments[0]?.argChoices
  if (choices !== undefined) return choices
  return named(command.name(), storeAmong(before))
}

/** Names of roles and workloads, from the store that the command line names. */
async function named(command: string, url: string): Promise<readonly string[]> {
  if (command !== 'who' && command !== 'what') return []
  const path = storePath(url)
  if (path === null || !existsSync(path)) return []
  const store = await openExisting(url)
  try {
    if (command === 'who') {
      const { roleName } = await import('../../lib/identity/arn.ts')
      return (await store.roles('*')).map(roleName).sort()
    }
    const workloads = await store.principals({ kind: 'workload' })
    return workloads.map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`).sort()
  } finally {
    store.close()
  }
}

function storeAmong(words: readonly string[]): Globals['store'] {
  const at = words.indexOf('--store')
  return (at >= 0 ? words[at + 1] : undefined) ?? (process.env['PODTRAIL_STORE'] || DEFAULT_STORE)
}

const SCRIPTS: Readonly<Record<Shell, string>> = {
  // `:` breaks words in bash, and role ARNs have it; so what stands before it is cut off again.
  bash: `_podtrail() {
  local line words cword current
  current="\${COMP_LINE:0:COMP_POINT}"
  read -ra words <<< "$current"
  [[ "$current" == *" " ]] && words+=("")
  local last="\${words[-1]}"
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(podtrail __complete -- "\${words[@]:1}" 2>/dev/null)
  if [[ "$last" == *:* ]]; then
    local prefix="\${last%"\${last##*:}"}"
    COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
  fi
  if [[ \${#COMPREPLY[@]} -eq 0 ]]; then compopt -o default 2>/dev/null; fi
}
complete -F _podtrail podtrail
`,
  zsh: `#compdef podtrail
_podtrail() {
  local -a found
  found=("\${(@f)$(podtrail __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=("\${(@)found:#}")
  if (( \${#found} )); then compadd -- "\${found[@]}"; else _files; fi
}
if [ "$funcstack[1]" = "_podtrail" ]; then _podtrail "$@"; else compdef _podtrail podtrail; fi
`,
  fish: `function __podtrail_complete
  set -l words (commandline -opc) (commandline -ct)
  podtrail __complete -- $words[2..-1] 2>/dev/null
end
complete -c podtrail -a '(__podtrail_complete)'
`,
}

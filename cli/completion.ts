import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'];

/** Every command with what may follow it: its subcommands, else its options. */
function words(root: Command): [path: string, words: string[]][] {
  const walk = (command: Command, path: readonly string[]): [string, string[]][] => {
    const below = command.commands.map((one) => one.name());
    const options = command.options.flatMap(({ long }) => long ?? []);
    const own = below.length > 0 ? below : [...options, '--help'];
    return [[path.join(' '), own], ...command.commands.flatMap((one) => walk(one, [...path, one.name()]))];
  };
  return walk(root, []);
}

/** A script for the shell. It is made of the commands themselves, so that it never lags behind them. */
export function completionScript(shell: string, root: Command): string {
  if (shell === 'fish') return fish(root);
  const cases = words(root).map(([path, own]) => `    '${path}') words='${own.join(' ')}' ;;`);
  const script = `# blocklist completion for bash
_blocklist() {
  local path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ "$word" == -* ]] && break
    case " ${words(root)
      .map(([path]) => path.replaceAll(' ', '/'))
      .filter((path) => path !== '')
      .join(' ')} " in *" \${path:+$path/}$word "*) path="\${path:+$path/}$word" ;; esac
  done
  case "\${path//\\// }" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _blocklist blocklist
`;
  if (shell === 'bash') return script;
  return `autoload -U +X bashcompinit && bashcompinit\n${script}`;
}

function fish(root: Command): string {
  const lines = words(root).flatMap(([path, own]) => {
    const condition =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((name) => `__fish_seen_subcommand_from ${name}`)
            .join('; and ');
    return own.map((word) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c blocklist -n '${condition}' ${what}`;
    });
  });
  return `${lines.join('\n')}\n`;
}

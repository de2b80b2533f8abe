/** Names under which the program is installed; kubectl completes its plugins by itself (kubectl_complete-autonomy). */
const NAMES = ['autonomy', 'kubectl-autonomy'] as const

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** Scripts hold no words of their own: they ask the program, so that they are never behind it. */
export const SCRIPTS: { readonly [shell in Shell]: string } = {
  bash: `# bash completion of autonomy.  Now: source <(autonomy completion bash)
# For good: autonomy completion bash > ~/.local/share/bash-completion/completions/autonomy
_autonomy() {
  local words=() word glue= line candidate directive=4
  # bash has split the line at = and : too; what stood together is put together again.
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if [[ -n $glue || $word == [=:]* ]] && (( \${#words[@]} > 1 )); then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    [[ $word == *[=:] ]] && glue=1 || glue=
  done
  local typed=\${words[\${#words[@]}-1]} own=\${COMP_WORDS[COMP_CWORD]}
  [[ $own == [=:] ]] && own=
  local before=\${typed%"$own"}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :+([0-9]) ]]; then directive=\${line#:}; continue; fi
    candidate=\${line%%$'\\t'*}
    COMPREPLY+=("\${candidate#"$before"}")
  done < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
  case $directive in
    0) compopt -o default ;;
    6) compopt -o nospace ;;
  esac
}
shopt -s extglob
${NAMES.map(name => `complete -F _autonomy ${name}`).join('\n')}
`,
  zsh: `#compdef ${NAMES.join(' ')}
# zsh completion of autonomy.  Now: source <(autonomy completion zsh)
# For good: autonomy completion zsh > "\${fpath[1]}/_autonomy"
_autonomy() {
  local line word says directive=4
  local -a candidates
  while IFS= read -r line; do
    if [[ $line == :<-> ]]; then directive=\${line#:}; continue; fi
    word=\${line%%$'\\t'*}
    says=
    [[ $line == *$'\\t'* ]] && says=\${line#*$'\\t'}
    word=\${word//:/\\\\:}
    candidates+=("$word\${says:+:$says}")
  done < <("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  if [[ $directive == 0 ]]; then _files; return; fi
  local -a more
  [[ $directive == 6 ]] && more=(-S '')
  _describe -V autonomy candidates $more
}
if [[ \${funcstack[1]} == _autonomy ]]; then
  _autonomy "$@"
else
  compdef _autonomy ${NAMES.join(' ')}
fi
`,
  fish: `# fish completion of autonomy.  Now: autonomy completion fish | source
# For good: autonomy completion fish > ~/.config/fish/completions/autonomy.fish
function __autonomy_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] __complete $words[2..-1] 2>/dev/null)
        if string match -qr '^:\\d+$' -- $line
            test $line = ':0'; and __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
${NAMES.map(name => `complete -c ${name} -f -a '(__autonomy_complete)'`).join('\n')}
`,
}

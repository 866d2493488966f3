/**
 * Scripts by which shells complete. Each hands the words up to the cursor to `hotcell completion of -- …`, which prints a candidate a
 * line, with a tab and what it is behind; `:files` stands for files. No word is evaluated: a shell has them as they were typed.
 */
export const completionScripts: Readonly<Record<string, string>> = {
  bash: `# bash completion for hotcell: eval "$(hotcell completion bash)"
_hotcell() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o default ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("$1" completion of -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
}
complete -F _hotcell hotcell
`,
  zsh: `#compdef hotcell
# zsh completion for hotcell: eval "$(hotcell completion zsh)"
_hotcell() {
  local line files name
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      files=1
    else
      name=\${line%%$'\\t'*}
      found+=("\${name//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done < <("$words[1]" completion of -- "\${(@Q)words[2,CURRENT]}" 2> /dev/null)
  (( $#found )) && _describe -t hotcell hotcell found
  [[ -n $files ]] && _files
}
compdef _hotcell hotcell
`,
  fish: `# fish completion for hotcell: hotcell completion fish > ~/.config/fish/completions/hotcell.fish
function __hotcell_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for line in ($words[1] completion of -- $words[2..-1] "$current" 2> /dev/null)
    if test "$line" = :files
      __fish_complete_path "$current"
    else
      echo $line
    end
  end
end
complete -c hotcell -f -a '(__hotcell_complete)'
`,
};

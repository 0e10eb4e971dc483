# bash completion of mco: commands, options, and for rpc the agents, actions and inputs
# that have a DDL here. The words come from "mco completion" and "mco help".

# The options of the line that choose the configuration, for those calls.
_mco_config()
{
    local i
    _mco_args=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -c | --config)
            _mco_args=(--config "${COMP_WORDS[i + 1]}")
            ;;
        esac
    done
}

# The words of the line that are no options, from the command on.
_mco_plain()
{
    local i
    _mco_words=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -c | --config | -[FCAIWSTtn] | --wf | --wc | --wa | --wi | --dt | --dm | --do | \
            --nodes | --name | --language | --format | --batch | --batch-sleep | --limit | --ln | --display | --ttl | \
            --with-fact | --with-class | --with-agent | --with-identity | --with | \
            --select | --target | --timeout | --discovery-timeout | --disc-method | \
            --disc-option)
            i=$((i + 1))
            ;;
        -*) ;;
        *) _mco_words+=("${COMP_WORDS[i]}") ;;
        esac
    done
}

_mco_list()
{
    "${COMP_WORDS[0]}" completion "${_mco_args[@]}" "$@" 2>/dev/null
}

_mco_rpc()
{
    case ${#_mco_words[@]} in
    1) _mco_list --list-agents ;;
    2) _mco_list --list-actions --agent "${_mco_words[1]}" ;;
    *)
        _mco_list --list-inputs --agent "${_mco_words[1]}" --action "${_mco_words[2]}" |
            sed 's/$/=/'
        ;;
    esac
}

# Those of the choices that begin with the word. They come from DDL files: compgen -W would
# expand what is in them, and a word of the shell's own characters would run when entered.
_mco_choose()
{
    local word all
    read -r -d '' -a all <<<"$choices"
    for word in "${all[@]}"; do
        if [[ $word == "$cur"* && $word != *[^A-Za-z0-9_=.:+-]* ]]; then
            COMPREPLY+=("$word")
        fi
    done
}

_mco()
{
    local cur=${COMP_WORDS[COMP_CWORD]} _mco_args _mco_words choices=
    COMPREPLY=()
    _mco_config
    _mco_plain
    case ${COMP_WORDS[COMP_CWORD - 1]} in
    --config | -c | --nodes)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --display) choices='ok failed all' ;;
    --language) choices='python shell ruby' ;;
    --dm | --disc-method) choices='mc flatfile stdin external' ;;
    -A | --wa | --with-agent) choices=$(_mco_list --list-agents) ;;
    *)
        if [[ ${#_mco_words[@]} -eq 0 ]]; then
            choices=$(_mco_list --list-applications)
        elif [[ $cur == -* ]]; then
            choices=$("${COMP_WORDS[0]}" help "${_mco_words[0]}" 2>/dev/null |
                sed -n 's/^    \(.*\)/\1/p' | grep -o -e '--[a-z][a-z_-]*')
        else
            case ${_mco_words[0]} in
            rpc)
                if [[ ${#_mco_words[@]} -ge 3 ]]; then
                    compopt -o nospace
                fi
                choices=$(_mco_rpc)
                ;;
            help) choices=$(_mco_list --list-applications) ;;
            controller) choices='stats reload_agents reload_agent exit' ;;
            plugin)
                case ${_mco_words[*]} in
                plugin) choices='doc generate info list package' ;;
                'plugin generate') choices='agent data' ;;
                'plugin package' | 'plugin info')
                    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
                    return
                    ;;
                esac
                ;;
            esac
        fi
        ;;
    esac
    _mco_choose
}

complete -F _mco mco

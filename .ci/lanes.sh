# Environments of the lanes of `.ci/run`. Every lane is expected to run; what a machine cannot have
# is named by hand: CI_WITHOUT="cuda browser" .ci/run

without() {  # without LANE: whether it was named
    case " ${CI_WITHOUT:-} " in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

find_python() {  # find_python "3.12 3.13": a working interpreter of the first version there is
    local version candidate
    for version in $1; do
        for candidate in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python; do
            if "$candidate" -c 'import venv' >/dev/null 2>&1; then echo "$candidate"; return; fi
        done
    done
    return 1
}

lane() {  # lane NAME VERSIONS REQUIREMENT...: a venv with these packages; prints its python
    # An environment counts when its file `complete` holds what was asked for; anything else, such
    # as what an interrupted installation left, is made anew.
    local folder="$PWD/.venv-$1" wanted="${*:2}" python
    if [ "$(cat "$folder/complete" 2>/dev/null)" != "$wanted" ] || ! "$folder/bin/python" -c '' 2>/dev/null; then
        rm -rf "$folder"
        if ! python=$(find_python "$2"); then
            echo "lane $1: no Python $2; install one, or leave the lane out with CI_WITHOUT=$1" >&2
            return 1
        fi
        "$python" -m venv "$folder" >&2 || return 1
        "$folder/bin/python" -m pip install --quiet "${@:3}" >&2 || return 1
        echo "$wanted" > "$folder/complete"
    fi
    echo "$folder/bin/python"
}

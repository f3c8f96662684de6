#!/bin/sh
# What stacks expect of an nginx image: programs in /docker-entrypoint.d are run, and /etc/nginx/templates/*.template
# becomes /etc/nginx/conf.d/*, with the variables that are set filled in.
set -eu

for template in /etc/nginx/templates/*.template; do
    [ -e "$template" ] || continue
    name=${template##*/}
    # shellcheck disable=SC2046 # one word
    envsubst "$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/${\1}/p' | tr '\n' ' ')" <"$template" >"/etc/nginx/conf.d/${name%.template}"
done
for program in /docker-entrypoint.d/*.sh; do
    [ ! -x "$program" ] || "$program"
done
exec "$@"

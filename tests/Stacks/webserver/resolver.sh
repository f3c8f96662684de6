#!/bin/sh
# Run by the nginx image before nginx: names the engine's own name server, which is 127.0.0.11 with Docker and the
# network's gateway with Podman. nginx asks it at each request, so that the app may come later or anew.
set -eu

server=$(sed -n 's/^nameserver //p' /etc/resolv.conf | head -n 1)
case $server in *:*) server="[$server]" ;; esac
echo "resolver $server valid=1s;" >/etc/nginx/conf.d/resolver.conf

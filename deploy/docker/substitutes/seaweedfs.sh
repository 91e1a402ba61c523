# As the public image: `server` gets its usual flags, anything else goes to weed as it is.
[ "$1" = server ] || exec weed "$@"
shift
exec weed server -dir=/data -master.volumeSizeLimitMB=1024 "$@"

#!/bin/bash
# timeout: 5
echo "ok 1 x"; echo "ok 2 y # SKIP z"
ip netns add foo
sleep 100

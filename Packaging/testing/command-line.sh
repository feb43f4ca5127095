# Uses the command line as somebody without rights and without a network. Run in the system that it was installed in.
source /testing/checks.sh
cd /tmp

check "there is no network" fails 1 grep -v -q -e '^ *lo:' -e '|' /proc/net/dev
check "norface --version" norface --version
check "norface analyze clip.mp4" sh -c 'norface analyze --quiet /clip.mp4 > clip.jsonl'
check "a record for each of its 90 frames and more, with a face" \
    sh -c 'test "$(wc -l < clip.jsonl)" -ge 90 && test "$(grep -c "\"track\":1" clip.jsonl)" -ge 80'
check "norface analyze -o clip.csv" sh -c 'norface analyze --quiet /clip.mp4 -o clip.csv && test "$(wc -l < clip.csv)" -gt 90'
check "norface models verify" norface models verify
check "norface doctor" norface doctor
check "an input that is not there ends with 66" fails 66 norface analyze /nothing.mp4
check "a webcam says which package it needs" sh -c 'norface analyze v4l2:/dev/none 2>&1 | grep "webcams need .*package libavdevice"'
check "completion of bash" bash -c '. /usr/share/bash-completion/completions/norface && complete -p norface | grep -q _norface'
check "completion of zsh and fish are there" test -s /usr/share/zsh/vendor-completions/_norface -a -s /usr/share/fish/vendor_completions.d/norface.fish
check "weights to train from are not installed" sh -c '! find /usr/share/norfaced -name "*.safetensors" | grep .'
check "what the networks learned from is said" grep -q 'Labeled Faces in the Wild' /usr/share/doc/norface/copyright
check "the notices of what is compiled in are there" sh -c 'zgrep -q SwiftNIO /usr/share/doc/norface/notices.txt* && zgrep -q "Fedor Indutny" /usr/share/doc/norface/notices.txt*'
check "Swift's libraries are not needed" sh -c '! ldd /usr/bin/norface | grep swift'
echo end

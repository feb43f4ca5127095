// An archive in parts: nextflow run Cluster/nextflow/main.nf --list recordings.txt --results results --parts 16
// Read for its syntax only (by Groovy), and never run: see Documentation/Cluster.md.
nextflow.enable.dsl = 2

params.list = null
params.results = 'results'
params.parts = 8
params.norface = 'norface'
params.options = ''

process ANALYSE {
    tag "${part}/${params.parts}"
    cpus 2
    memory '2 GB'
    // 74, 75 and signals may pass; everything else would fail again. What failed does not end the others.
    errorStrategy { task.exitStatus in [74, 75, 130, 137, 143] && task.attempt <= 3 ? 'retry' : 'ignore' }
    maxRetries 3

    input:
    val part
    val list
    val results

    output:
    val part

    // Results go straight to the shared folder, under their own names: norface writes them whole or not at all.
    script:
    """
    ${params.norface} analyze --files-from '${list}' --shard ${part}/${params.parts} --resume --output '${results}/' ${params.options}
    """
}

process SUMMARY {
    input:
    val parts
    val results

    script:
    """
    ${params.norface} summary '${results}/'
    """
}

workflow {
    if (!params.list) error 'name the list: --list recordings.txt'
    list = file(params.list).toAbsolutePath().toString()
    results = file(params.results).toAbsolutePath().toString()
    ANALYSE(Channel.of(1..params.parts), list, results)
    SUMMARY(ANALYSE.out.collect(), results)
}

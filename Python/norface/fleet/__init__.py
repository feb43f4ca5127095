"""Many cameras on many machines (`Documentation/Cameras.md`).

`norface-fleet plan` divides an inventory over machines and writes their configurations: `tables` reads, `inventory` and `machines`
check, `costs` weighs, `placing` divides, `rendering` and `writing` make the files. `norface-fleet archive` reads what the relays put
into NATS JetStream and writes Parquet: `consumer` fetches, `batch` sorts, `parts` makes files, `state` remembers, `archive` binds
them. `norface-fleet check` holds an archive against its own books.
"""

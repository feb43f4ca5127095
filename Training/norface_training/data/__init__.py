"""Where the training data lies, and how the sets that this package makes are read.

Folders
-------
Two folders are named by the environment or on every command line:

- ``NORFACE_DATA`` (``--data``): the sources, read only: ``ferplus.npz``, ``face_photos.zip``,
  ``ict_facekit.npz``, ``face_landmarker.task``.
- ``NORFACE_CACHE`` (``--cache``): the sets made from them. Nothing in it is ever committed.

Sets
----
A set is a folder ``CACHE/NAME/`` of shards and a manifest. Read it with
:class:`norface_training.data.shards.ShardedSet`::

    heads = ShardedSet(cache / "heads")          # every complete shard in the manifest
    heads.fields                                  # {"crop": ((96, 96), uint8), ...}
    crops = heads["crop"]                         # (N, 96, 96), concatenated; memory-mapped per shard
    heads.reload()                                # picks up shards appended since

A shard appears in the manifest only when all of its arrays are on disk, so a reader may open a set
while it is being written.

Fields of ``heads`` (rendered people; exact labels)
    ``crop``       (96, 96) uint8    aligned luma crop (Bundle.md)
    ``target``     (96, 96) uint8    the common person wearing the same expression, frontal, aligned by the same rule
    ``landmarks``  (468, 3) float32  in the pixels of the render they came from, x right, y down, z as Face Mesh
    ``geometry``   (468, 3) float32  pose-free: g of Bundle.md, unscaled (multiply by the bundle's ``geometry.scale``)
    ``au``         (20,)    float32  intensity 0-5, order of labels.AUS
    ``left``       (14,)    float32  the subject's own left, order of labels.SIDES
    ``right``      (14,)    float32
    ``pose``       (3,)     float32  yaw, pitch, roll of the head in degrees, Bundle.md's signs (the truth, not a fit)
    ``coefficients`` (57,)  float32  ICT expression coefficients, order of ``ict_facekit.npz``
    ``identity``   ()       int32    one number per person; split by it
    ``flags``      ()       int32    bits: 1 glasses, 2 occluder, 4 beard, 8 hat, 16 photo skin, 32 opaque sunglasses, 64 low resolution
    ``points``     (468, 2) float16  where the landmarks truly lie in the crop, 0-1 across it

Fields of ``ferplus_valid``, ``ferplus_train`` and ``photos`` (photographs; a noisy teacher)
    ``crop``, ``landmarks``, ``geometry`` as above (landmarks in the pixels of the photograph as stored)
    ``found``        ()    uint8    1 where Face Mesh found a face; crop, landmarks and geometry are 0 where it is 0
    ``taught``       ()    uint8    1 where FaceLandmarker answered; blendshapes are 0 where it is 0
    ``blendshapes``  (52,) float32  the teacher's coefficients 0-1, order of ``blendshape_names`` in the manifest's ``facts``
    ``index``        ()    int32    row in ``ferplus.npz``, or in ``labels.csv`` for photos
    ``votes``        (10,) uint8    FER+ votes, order of ``vote_columns`` (FER+ only)
    ``identity``     ()    int32    number of the identity, sorted by name (photos; -1 for FER+, whose people are unknown)
    ``emotion``      ()    int8     the annotator's emotion as an index of labels.EMOTIONS, -1 if none (photos only)

Fields of ``ferplus_valid_targets``, ``ferplus_train_targets`` and ``photos_targets`` (rows as in the set itself)
    ``target``       (96, 96) uint8  the common person wearing the teacher's blendshapes; 0 where ``taught`` is 0
    ``coefficients`` (57,)   float32 what it wears (teacher.wear)
    ``taught``       ()      uint8   as in the set

Fields of the sets ``NAME_fitted`` and ``NAME_told`` (rows as in the set NAME)
    ``target``       (72, 72) uint8  as a fitted function of the coefficients (train.targets); of ``heads``, for those drawn without one (0)
    ``emotion``      (8,)    float32 what a former network says of the face (train.tell): probabilities,
    ``au``, ``left``, ``right``  (20,), (14,), (14,) float32  and intensities, 0-5, before calibration
"""

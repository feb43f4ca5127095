#!/usr/bin/env python3
"""Write the official ONNX backend tests as folders: KIND/CASE/model.onnx and KIND/CASE/test_data_set_N/{input,output}_M.pb.

The node cases live as code inside the `onnx` package and are written out from there; the other kinds ship as files and are
copied. The version of the package goes to VERSION, because the list of claimed cases holds for one version only.

    pip install onnx==1.23.2 && python3 export_onnx_tests.py FOLDER
"""

import os
import shutil
import sys
import warnings

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import DATA_DIR, load_node_model_tests

KINDS = ["pytorch-converted", "pytorch-operator", "simple"]


def serialized(value, info):
    kind = info.type.WhichOneof("value")
    if isinstance(value, onnx.TensorProto):
        return value.SerializeToString()
    if kind == "map_type":
        return numpy_helper.from_dict(value, info.name).SerializeToString()
    if kind == "sequence_type":
        return numpy_helper.from_list(value, info.name).SerializeToString()
    if kind == "optional_type":
        return numpy_helper.from_optional(value, info.name).SerializeToString()
    return numpy_helper.from_array(np.asarray(value), info.name).SerializeToString()


def main(folder):
    scratch = folder + ".part"
    shutil.rmtree(scratch, ignore_errors=True)
    for kind in KINDS:
        shutil.copytree(os.path.join(DATA_DIR, kind), os.path.join(scratch, kind))
    for case in load_node_model_tests():
        place = os.path.join(scratch, "node", case.name)
        os.makedirs(place)
        with open(os.path.join(place, "model.onnx"), "wb") as f:
            f.write(case.model.SerializeToString())
        # The Swift side compares with these everywhere.
        assert (case.rtol, case.atol) == (1e-3, 1e-7), case.name
        for number, (inputs, outputs) in enumerate(case.data_sets):
            values = os.path.join(place, f"test_data_set_{number}")
            os.makedirs(values)
            for name, arrays, infos in [
                ("input", inputs, case.model.graph.input),
                ("output", outputs, case.model.graph.output),
            ]:
                for index, array in enumerate(arrays):
                    with open(os.path.join(values, f"{name}_{index}.pb"), "wb") as f:
                        f.write(serialized(array, infos[index]))
    with open(os.path.join(scratch, "VERSION"), "w") as f:
        f.write(onnx.__version__ + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(scratch, folder)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    warnings.simplefilter("ignore")
    main(sys.argv[1])

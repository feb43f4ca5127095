"""The head renderer: ICT FaceKit heads with exact expression labels, drawn in software or on a GPU."""

#include <Python.h>
#include <omp.h>

static PyObject *size(PyObject *self, PyObject *wanted) {
    int threads = (int)PyLong_AsLong(wanted), seen = 0;
    if (PyErr_Occurred())
        return NULL;
#pragma omp parallel num_threads(threads)
    {
#pragma omp single
        seen = omp_get_num_threads();
    }
    return PyLong_FromLong(seen);
}

static PyObject *in_order(PyObject *self, PyObject *nothing) {
    int made = 0, doubled = 0;
#pragma omp parallel num_threads(2)
#pragma omp single
    {
#pragma omp task depend(out : made)
        made = 21;
#pragma omp task depend(in : made) depend(out : doubled)
        doubled = 2 * made;
#pragma omp taskwait depend(in : doubled)
        made = doubled;
    }
    return PyLong_FromLong(made);
}

static PyMethodDef methods[] = {
    {"size", size, METH_O, NULL}, {"in_order", in_order, METH_NOARGS, NULL}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_team", NULL, -1, methods};

PyMODINIT_FUNC PyInit__team(void) { return PyModule_Create(&module); }

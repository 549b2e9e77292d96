#include <Python.h>

#include <numeric>
#include <vector>

static PyObject *total(PyObject *, PyObject *limit) {
    std::vector<long> numbers(PyLong_AsSize_t(limit));
    if (PyErr_Occurred())
        return nullptr;
    std::iota(numbers.begin(), numbers.end(), 0L);
    long sum = 0;
#pragma omp parallel for reduction(+ : sum) num_threads(4) schedule(dynamic, 16)
    for (size_t i = 0; i < numbers.size(); i++)
        sum += numbers[i];
    return PyLong_FromLong(sum);
}

static PyMethodDef methods[] = {{"total", total, METH_O, nullptr}, {nullptr}};
static struct PyModuleDef module_ = {PyModuleDef_HEAD_INIT, "_sum", nullptr, -1, methods};

PyMODINIT_FUNC PyInit__sum() { return PyModule_Create(&module_); }

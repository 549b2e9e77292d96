//! An extension module for the limited API, by the C API alone.
use std::ffi::c_void;
use std::os::raw::{c_char, c_int, c_long};
use std::ptr::null_mut;

type Object = *mut c_void;
type Function = extern "C" fn(Object, Object) -> Object;

#[repr(C)]
struct Method {
    name: *const c_char,
    function: Option<Function>,
    flags: c_int,
    doc: *const c_char,
}

#[repr(C)]
struct Module {
    head: [isize; 5],
    name: *const c_char,
    doc: *const c_char,
    size: isize,
    methods: *mut Method,
    rest: [usize; 4],
}

extern "C" {
    fn PyModule_Create2(module: *mut Module, version: c_int) -> Object;
    fn PyLong_FromLong(value: c_long) -> Object;
    fn PyLong_AsLong(value: Object) -> c_long;
}

extern "C" fn count(_module: Object, value: Object) -> Object {
    let number = unsafe { PyLong_AsLong(value) };
    let counted = std::thread::spawn(move || digits::count(number)).join().unwrap_or(0);
    unsafe { PyLong_FromLong(counted as c_long) }
}

const METH_O: c_int = 8;

#[no_mangle]
pub extern "C" fn PyInit__native() -> Object {
    let methods = Box::new([
        Method { name: b"digits\0".as_ptr() as _, function: Some(count), flags: METH_O, doc: null_mut() },
        Method { name: null_mut(), function: None, flags: 0, doc: null_mut() },
    ]);
    let module = Box::new(Module {
        head: [1, 0, 0, 0, 0],
        name: b"_native\0".as_ptr() as _,
        doc: null_mut(),
        size: -1,
        methods: Box::leak(methods).as_mut_ptr(),
        rest: [0; 4],
    });
    unsafe { PyModule_Create2(Box::leak(module), 3) }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// What a contract can ask of the transaction, the block, other accounts and the precompiles.
contract Environment {
    event Data(bytes data);

    function message() external payable returns (address, address, address, uint256, bytes4, bytes memory) {
        emit Data(msg.data);
        return (address(this), msg.sender, tx.origin, msg.value, msg.sig, msg.data);
    }

    function clock() external view returns (uint256, uint256, uint256) {
        return (block.number, block.timestamp, block.chainid);
    }

    function surroundings() external view returns (address, uint256, uint256, uint256, uint256) {
        return (block.coinbase, block.gaslimit, block.basefee, block.prevrandao, tx.gasprice);
    }

    function hashOf(uint256 number) external view returns (bytes32) {
        return blockhash(number);
    }

    function gasDecreases() external view returns (bool) {
        uint256 before = gasleft();
        uint256 sum;
        for (uint256 i = 0; i < 100; i++) sum ^= uint256(keccak256(abi.encode(sum, i)));
        return sum != 0 && gasleft() < before;
    }

    function account(address who) external view returns (uint256, uint256, bytes32) {
        return (who.balance, who.code.length, who.codehash);
    }

    function ownBalance() external payable returns (uint256) {
        return address(this).balance;
    }
}

/// The precompiled contracts, in Solidity's words where it has them, else by their addresses.
contract Precompiles {
    function hashes(bytes calldata data) external pure returns (bytes32, bytes32, bytes20) {
        return (keccak256(data), sha256(data), ripemd160(data));
    }

    function recover(bytes32 hash, uint8 v, bytes32 r, bytes32 s) external pure returns (address) {
        return ecrecover(hash, v, r, s);
    }

    function run(address precompile, bytes calldata input) external view returns (bool, bytes memory) {
        return precompile.staticcall(input);
    }
}

/// Functions that end in each of the ways in which a function can fail.
contract Failing {
    error Refused(address by, uint256 code, string why);

    uint256 public counter;
    uint256[] private list;

    function plain() external pure {
        revert();
    }

    function reason(string calldata text) external {
        counter++;
        require(false, text);
    }

    function custom(uint256 code) external view {
        revert Refused(msg.sender, code, "because");
    }

    function overflow(uint256 by) external pure returns (uint256) {
        return type(uint256).max + by;
    }

    function divide(uint256 by) external pure returns (uint256) {
        return 100 / by;
    }

    function element(uint256 index) external view returns (uint256) {
        return list[index];
    }

    function assertFalse() external pure {
        assert(false);
    }

    function stopped() external pure returns (uint256) {
        assembly {
            stop()
        }
    }

    function invalid() external pure {
        assembly {
            invalid()
        }
    }

    function spin() external pure {
        while (true) {}
    }

    /// Runs out of the memory that a program has.
    function allocate(uint256 size) external pure returns (uint256) {
        return new bytes(size).length;
    }
}

/// Calls `Failing`, and tells what it caught.
contract Catching {
    Failing private immutable failing;

    event Caught(string kind, bytes data);

    constructor(Failing target) {
        failing = target;
    }

    function tryReason(string calldata text) external returns (string memory) {
        try failing.reason(text) {
            return "nothing";
        } catch Error(string memory caught) {
            emit Caught("Error", bytes(caught));
            return caught;
        }
    }

    function tryPanic(uint256 by) external returns (uint256) {
        try failing.divide(by) returns (uint256 result) {
            return result;
        } catch Panic(uint256 code) {
            emit Caught("Panic", abi.encode(code));
            return code;
        }
    }

    function tryCustom(uint256 code) external returns (bytes memory) {
        try failing.custom(code) {
            return "";
        } catch (bytes memory data) {
            emit Caught("low level", data);
            return data;
        }
    }

    function tryInvalid() external returns (bytes memory) {
        try failing.invalid() {
            return "nothing";
        } catch (bytes memory data) {
            emit Caught("low level", data);
            return data;
        }
    }

    function bubble(uint256 code) external view {
        failing.custom(code);
    }
}

/// What is written where a contract is made, and read from its code ever after.
contract Fixed {
    address public immutable maker = msg.sender;
    uint256 public immutable number;
    bytes32 public immutable label;
    uint256 public immutable money;

    error Unlucky(uint256 number);

    constructor(uint256 chosen, bytes32 name) payable {
        if (chosen == 13) revert Unlucky(chosen);
        (number, label, money) = (chosen, name, msg.value);
    }

    function pay() external payable returns (uint256) {
        return address(this).balance;
    }
}

/// Makes contracts in all the ways there are.
contract Maker {
    Fixed[] public made;

    event Made(Fixed indexed at, uint256 number);
    event Failed(bytes reason);

    function plain(uint256 number) external payable returns (Fixed child) {
        child = new Fixed{value: msg.value}(number, "plain");
        made.push(child);
        emit Made(child, number);
    }

    function salted(uint256 number, bytes32 salt) external payable returns (Fixed child) {
        child = new Fixed{value: msg.value, salt: salt}(number, "salted");
        made.push(child);
        emit Made(child, number);
    }

    function tried(uint256 number) external returns (Fixed child) {
        try new Fixed(number, "tried") returns (Fixed made_) {
            child = made_;
            emit Made(child, number);
        } catch (bytes memory reason) {
            emit Failed(reason);
        }
    }
}

/// Storage for as long as a transaction, events of all shapes, storage of all shapes.
contract Keeping {
    struct Item {
        uint128 low;
        uint64 middle;
        bool flag;
        string text;
    }

    Item public item;
    mapping(bytes32 => int256[]) private lists;
    bytes public blob;

    event Nothing() anonymous;
    event None();
    event One(uint256 indexed a);
    event Three(address indexed a, bytes32 indexed b, string indexed c, uint256[] d);

    function transient_(uint256 slot, uint256 value) external returns (uint256 before, uint256 later) {
        assembly {
            before := tload(slot)
            tstore(slot, value)
            later := tload(slot)
        }
    }

    function transientAcrossCalls(uint256 slot, uint256 value) external returns (uint256 before) {
        this.transient_(slot, value);
        assembly {
            before := tload(slot)
        }
    }

    function emitAll(uint256[] calldata numbers) external {
        emit Nothing();
        emit None();
        emit One(type(uint256).max);
        emit Three(msg.sender, "b", "c", numbers);
    }

    function setItem(Item calldata newItem) external {
        item = newItem;
    }

    function clearItem() external {
        delete item;
    }

    function append(bytes32 key, int256 value) external returns (uint256) {
        lists[key].push(value);
        return lists[key].length;
    }

    function listOf(bytes32 key) external view returns (int256[] memory) {
        return lists[key];
    }

    function setBlob(bytes calldata data) external {
        blob = data;
    }
}

/// Calls of every kind, and money by all of its ways.
contract Calling {
    uint256 public stored;
    address public lastSender;

    event Called(bool ok, bytes output);

    receive() external payable {}

    fallback(bytes calldata input) external payable returns (bytes memory) {
        return abi.encodePacked("fallback:", input);
    }

    function set(uint256 value) external payable returns (uint256) {
        stored = value;
        lastSender = msg.sender;
        return msg.value;
    }

    function normally(address to, bytes calldata input) external payable {
        (bool ok, bytes memory output) = to.call{value: msg.value}(input);
        emit Called(ok, output);
    }

    function delegated(address to, bytes calldata input) external payable {
        (bool ok, bytes memory output) = to.delegatecall(input);
        emit Called(ok, output);
    }

    function statically(address to, bytes calldata input) external {
        (bool ok, bytes memory output) = to.staticcall(input);
        emit Called(ok, output);
    }

    function transferred(address payable to) external payable {
        to.transfer(msg.value);
    }

    function sent(address payable to, uint256 amount) external payable returns (bool) {
        return to.send(amount);
    }

    /// A call of a typed function where no contract is.
    function absent(Calling to) external returns (uint256) {
        return to.set(1);
    }
}

/// Calls itself.
contract Deep {
    error Bottom();

    uint256 public reached;

    /// Counts the calls below this one, as far as they go.
    function dive(uint256 levels) external returns (uint256) {
        reached++;
        if (levels == 0) return 0;
        try this.dive(levels - 1) returns (uint256 below) {
            return below + 1;
        } catch {
            return 0;
        }
    }
}
